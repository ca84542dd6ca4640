import { z } from 'zod';
import { didYouMean } from '../core/nearest';
import { alertsSchema } from './alerts';
import { callable } from './callable';
import type { Immutable } from './immutable';
import { loadConfig } from './load-config';
import { pipelineConfig } from './pipeline-config';
import { reconciliation, type StackAccess } from './reconciliation-config';
import { edgeSchema, endpoint, managedService, serviceName } from './service-config';
import { skewSequence } from './skew-config';
import { workerConfig } from './worker-config';

export type { CheckedResponse, LoadConfig, RequestKind, RequestSpec } from './load-config';
export type { PipelineConfig, PipelineImage } from './pipeline-config';
export type { FencedEffect, Reconciliation, StackAccess } from './reconciliation-config';
export {
  edge,
  edgeName,
  isWorker,
  type Edge,
  type Endpoint,
  type ManagedService,
  type ServiceSettings,
} from './service-config';
export type { SkewSequence } from './skew-config';
export { settingsOfWorker, worker, type WorkerConfig, type WorkerSettings } from './worker-config';

/** Releases that `npm run bench` deploys. */
const benchReleases = z.strictObject({
  /** A managed service. */
  service: serviceName,
  /** Two images that are both good, and differ. */
  good: z.tuple([z.string(), z.string()]),
  /** An image whose errors the judge must see. */
  bad: z.string(),
  /** A load of reads, for the loss at a high rate. */
  readLoad: z.strictObject({
    ratePerSecond: z.number().positive(),
    weights: z.record(z.string(), z.number().nonnegative()),
  }),
  /** A worker, and how to fill its queue. */
  worker: z
    .strictObject({
      service: serviceName,
      /** Two images that are both good, and differ. */
      good: z.tuple([z.string(), z.string()]),
      /** An image that fails messages. */
      bad: z.string(),
      /** Puts so many messages into the queue. */
      send: callable<(access: StackAccess, count: number) => Promise<void>>(),
      /** How the messages of {@link send} stand. */
      tally: callable<(access: StackAccess) => Promise<MessageTally>>(),
    })
    .optional(),
});

/** How messages stand: each is waiting, done or dead. */
export interface MessageTally {
  /** Not done yet, nor given up. */
  readonly waiting: number;
  readonly done: number;
  /** Given up after its last attempt. */
  readonly dead: number;
  /** Of those done: without their effect. */
  readonly lost: number;
  /** Of all: with more than one effect. */
  readonly doubled: number;
}
export type BenchReleases = Immutable<z.infer<typeof benchReleases>>;

const shape = z.strictObject({
  /** Short name; the compose project is `rp-<name>-…`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'use lower-case letters, digits and dashes, at most 31'),
  /** Compose files, relative to the configuration file. */
  composeFiles: z.array(z.string()).min(1),
  /** Variables for compose's interpolation. */
  env: z.record(z.string(), z.string()).optional(),
  managed: z.record(serviceName, managedService),
  /**
   * Mounts that give something of this machine away, let through as they are: `proxy:/var/run/docker.sock`, a service and a source. Sockets,
   * and folders with one in them, are refused without.
   */
  allow: z.array(z.string().regex(/^[^:]+:.+$/, 'a service and a source, as `proxy:/var/run/docker.sock`')).optional(),
  /** Named volumes, by the compose files' name, that are filled from yours when the stack comes up. Default: all begin empty. */
  volumes: z.record(z.string(), z.literal('copy')).optional(),
  /** Services that take messages and get no traffic; each made by `worker({…})`. */
  workers: z.record(serviceName, workerConfig).optional(),
  /** Calls that faults may be put on, by a name of your own: `stack.edges.bank` in a scenario. They pass through an agent from the start. */
  edges: z.record(z.string(), edgeSchema).optional(),
  load: loadConfig,
  /** What one revision leaves behind and the other has to understand, by a name of your own: `session: { write: 'login', read: 'account' }`. */
  skew: z.record(z.string(), skewSequence).optional(),
  /** Made by `errorRate({…})`, `latencyAbove({…})` or another kind. */
  alerts: alertsSchema.optional(),
  observability: z
    .strictObject({
      prometheus: endpoint,
      alertmanager: endpoint,
      jaeger: endpoint,
      pager: endpoint,
      /** Folder (relative to the configuration file) with prometheus/ and alertmanager/ files at production speed. */
      configDir: z.string(),
    })
    .optional(),
  reconciliation: reconciliation.optional(),
  releases: benchReleases.optional(),
  /** How a push to a repository becomes a release of services of this stack. */
  pipeline: pipelineConfig.optional(),
  /** Revisions remembered per service, to go back to. At least 2; default 10. */
  historyLimit: z.number().int().min(2).optional(),
});

/** `rollproof.config.ts`: a compose project and what rollproof has to know of it. */
export type StackConfig = Immutable<z.infer<typeof shape>>;

/** The schema of a configuration, names that refer to other parts of it included. What names compose services is held against those later. */
export const stackConfig = shape.superRefine((config, context) => {
  const { managed, workers = {}, load, releases, pipeline, reconciliation: reconciled, skew = {} } = config;
  const mustBe = (what: string, name: string, names: readonly string[], path: (string | number)[]) => {
    if (names.includes(name)) return;
    context.addIssue({ code: 'custom', path, message: `"${name}" is no ${what}${didYouMean(name, names)}` });
  };
  const services = Object.keys(managed);
  const kinds = Object.keys(load.requests);
  for (const [kind, { passes = [] }] of Object.entries(load.requests)) {
    passes.forEach((service, index) =>
      mustBe('managed service', service, services, ['load', 'requests', kind, 'passes', index]),
    );
  }
  for (const [name, sequence] of Object.entries(skew)) {
    for (const part of ['write', 'read'] as const) {
      mustBe('kind of request', sequence[part], kinds, ['skew', name, part]);
    }
  }
  if (reconciled !== undefined) {
    mustBe('kind of request', reconciled.acknowledgedBy, kinds, ['reconciliation', 'acknowledgedBy']);
  }
  for (const service of Object.keys(workers)) {
    if (!services.includes(service)) continue;
    context.addIssue({ code: 'custom', path: ['workers', service], message: `"${service}" is managed already` });
  }
  for (const service of Object.keys(pipeline?.services ?? {})) {
    const deployed = [...services, ...Object.keys(workers)];
    mustBe('managed service', service, deployed, ['pipeline', 'services', service]);
  }
  if (releases === undefined) return;
  mustBe('managed service', releases.service, services, ['releases', 'service']);
  for (const kind of Object.keys(releases.readLoad.weights)) {
    mustBe('kind of request', kind, kinds, ['releases', 'readLoad', 'weights', kind]);
  }
});

/** Types a configuration file's export. */
export function defineStack(config: StackConfig): StackConfig {
  return config;
}
