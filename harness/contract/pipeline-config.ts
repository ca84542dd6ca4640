import { z } from 'zod';
import type { Immutable } from './immutable';
import { serviceName } from './service-config';

/** Host and port of a registry, as they stand before an image's name. A bare word would be a user's name at Docker Hub. */
export const registryAddress = z
  .string()
  .regex(
    /^(localhost|[a-z0-9.-]+\.[a-z0-9.-]+|[a-z0-9.-]+:\d{1,5})(:\d{1,5})?$/,
    'is a host with its port: `registry.example.com:5000`',
  );

/** A line for `sh -c`, run in the checkout. */
const shellCommand = z.string().min(1);

/** How a service's image is built: what `docker build` is told. Paths are relative to the root of the checkout. */
export const pipelineImage = z.strictObject({
  /** Default: the checkout. */
  context: z.string().optional(),
  /** Default: `Dockerfile` in the context. */
  dockerfile: z.string().optional(),
  target: z.string().optional(),
  args: z.record(z.string(), z.string()).optional(),
  /** Files of this machine that steps may mount, by their ids: `--mount=type=secret,id=…`. They get into no layer. */
  secrets: z.record(z.string(), z.string()).optional(),
});
export type PipelineImage = Immutable<z.infer<typeof pipelineImage>>;

/** A strategy as `canary({…})` makes it. What is in it is the business of those that carry it out. */
export interface StrategyValue {
  readonly name: string;
  readonly settings: object;
  readonly steps: readonly object[];
}

const strategyValue = z.custom<StrategyValue>(
  (value) => typeof value === 'object' && value !== null && 'steps' in value && Array.isArray(value.steps),
  'is made by canary({…}), blueGreen({…}) or another strategy',
);

/** From a commit to production: how it is built and tested, and what is deployed how. */
export const pipelineConfig = z.strictObject({
  /** The branch whose pushes are delivered. Default `main`. */
  branch: z.string().min(1).optional(),
  /** Run first. Default: nothing is to be built outside the image. */
  build: shellCommand.optional(),
  unitTests: shellCommand.optional(),
  /**
   * Run against the images that were built, which it finds in `ROLLPROOF_IMAGE_<SERVICE>`; `ROLLPROOF_IMAGE` when there is one alone. What else
   * it needs, such as a database, it starts by itself.
   */
  integrationTests: shellCommand.optional(),
  /** Managed services, in the order in which they are deployed, and their images. */
  services: z.record(serviceName, pipelineImage).refine((services) => Object.keys(services).length > 0, {
    message: 'name at least one service',
  }),
  /** Where images are pushed to. Default: a registry that rollproof starts on a loopback port. */
  registry: registryAddress.optional(),
  /** How it is deployed. Default: a canary. */
  strategy: strategyValue.optional(),
  /** Send the load of the configuration while it is deployed. Default false: the users' own traffic is what the release is judged by. */
  load: z.boolean().optional(),
  /** The longest that a stage may take, the deployment apart, ms. Default 900 000. */
  stageTimeoutMs: z.number().int().positive().optional(),
  /** What the images say that they were made from (`org.opencontainers.image.source`). Default: the repository's address. */
  source: z.string().min(1).optional(),
});
export type PipelineConfig = Immutable<z.infer<typeof pipelineConfig>>;

/** Types a pipeline that stands in a file of its own. */
export function definePipeline(pipeline: PipelineConfig): PipelineConfig {
  return pipeline;
}
