import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { alertsSchema } from './alerts';
import type { StackConfig } from './config';
import { HarnessError, errorMessage } from '../core/errors';
import { contentHash } from '../core/ids';

/** A configuration that was read, with the places that follow from it. */
export interface LoadedConfig {
  readonly config: StackConfig;
  readonly path: string;
  readonly directory: string;
  /** Compose project name: two checkouts of one stack never meet. */
  readonly project: string;
  /**
   * Where the project's state is kept, mode 0700: `.rollproof/` where the command was started, so that `rollproof down` finds it there
   * whatever the configuration. Absolute: a later change of folder does not move it.
   */
  readonly stateDirectory: string;
  readonly composeFiles: readonly string[];
}

const port = z.number().int().min(1).max(65_535);
const endpoint = z.strictObject({ service: z.string().min(1), port });
const callable = z.custom<unknown>((value) => typeof value === 'function', 'must be a function');

const schema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'use lower-case letters, digits and dashes, at most 31'),
  composeFiles: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()).optional(),
  managed: z.record(
    z.string(),
    z.strictObject({
      port,
      readiness: z.string().startsWith('/'),
      drainMs: z.number().nonnegative().optional(),
      metrics: z.string().startsWith('/').optional(),
    }),
  ),
  edges: z.record(z.string(), z.strictObject({ from: z.string(), to: z.string(), port: port.optional() })).optional(),
  load: z.strictObject({
    service: z.string(),
    port,
    ratePerSecond: z.number().positive().max(5_000),
    requests: z.record(
      z.string(),
      z.object({
        weight: z.number().positive(),
        build: callable,
        passes: z.array(z.string()).optional(),
        expectedStatuses: z.array(z.number().int()).optional(),
      }),
    ),
  }),
  alerts: alertsSchema.optional(),
  observability: z
    .object({ prometheus: endpoint, alertmanager: endpoint, jaeger: endpoint, pager: endpoint, configDir: z.string() })
    .optional(),
  releases: z
    .object({
      service: z.string(),
      good: z.tuple([z.string(), z.string()]),
      bad: z.string(),
      readLoad: z.object({
        ratePerSecond: z.number().positive(),
        weights: z.record(z.string(), z.number().nonnegative()),
      }),
    })
    .optional(),
  historyLimit: z.number().int().min(2).optional(),
  reconciliation: z
    .object({ acknowledgedBy: z.string(), stored: callable, effects: z.record(z.string(), callable).optional() })
    .optional(),
});

/**
 * Reads and checks a `rollproof.config.ts`.
 * @throws HarnessError `config-not-found`, `config-invalid`
 */
export async function loadConfigFile(path: string): Promise<LoadedConfig> {
  const absolute = resolve(path);
  if (!existsSync(absolute)) {
    throw new HarnessError('config-not-found', {
      message: `no configuration at ${path}`,
      hint: 'Name one with --config; the path is relative to where you are.',
    });
  }
  const real = realpathSync(absolute);
  const config = check(real, await importConfig(real));
  const directory = dirname(real);
  const project = `rp-${config.name}-${contentHash(real).slice(0, 6)}`;
  return {
    config,
    path: real,
    directory,
    project,
    stateDirectory: resolve('.rollproof', project),
    composeFiles: config.composeFiles.map((file) => resolve(directory, file)),
  };
}

async function importConfig(path: string): Promise<unknown> {
  try {
    const loaded = (await import(path)) as { config?: unknown; default?: unknown };
    const exported = loaded.config ?? loaded.default;
    return exported !== null && typeof exported === 'object' && 'config' in exported ? exported.config : exported;
  } catch (cause) {
    throw new HarnessError('config-invalid', {
      message: `${path} cannot be loaded: ${errorMessage(cause)}`,
      hint: 'It is a TypeScript module that exports `config = defineStack({…})`.',
      cause,
    });
  }
}

function check(path: string, value: unknown): StackConfig {
  const result = schema.safeParse(value);
  if (result.success) return value as StackConfig;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'config'}: ${issue.message}`);
  throw new HarnessError('config-invalid', {
    message: `${path}: ${problems.join('; ')}`,
    facts: { problems },
    hint: 'Export `config = defineStack({…})`; the README shows the smallest one.',
  });
}
