import { z } from 'zod';
import { callable } from './callable';
import type { Immutable } from './immutable';
import type { OutcomeSource } from './outcomes';

/** What a revision of a worker is run by. */
export const workerSettings = z.strictObject({
  kind: z.literal('worker'),
  /** Consumers, running at once. Default: as many replicas as the compose file asks for, else 1. */
  replicas: z.int().min(1).exactOptional(),
  /**
   * When a consumer counts as ready: `healthy` when its own health check passes, `running` as soon as it runs. Default: `healthy` where the
   * service has a health check.
   */
  readiness: z.enum(['healthy', 'running']).exactOptional(),
  /** At most one consumer may run at any time, of all revisions: a release stops the old one first. Default false. */
  singleton: z.boolean().exactOptional(),
});
export type WorkerSettings = Immutable<z.infer<typeof workerSettings>>;

const outcomeSource = z.strictObject({
  kind: z.string(),
  says: z.string(),
  open: callable<OutcomeSource['open']>(),
});

/** A worker in a configuration. */
export const workerConfig = workerSettings
  .extend({
    /** Where it is read what became of its messages. */
    outcomes: outcomeSource,
  })
  .refine(({ singleton, replicas }) => singleton !== true || replicas === undefined || replicas === 1, {
    path: ['replicas'],
    message: 'a singleton has one consumer',
  });
export type WorkerConfig = Immutable<z.infer<typeof workerConfig>>;

/**
 * A worker: a service of the compose project that takes messages from a queue, or has work of its own, and gets no traffic. rollproof deploys
 * revisions of it; what is weighed are its consumers, and what is judged is what becomes of messages.
 * @example workers: { mailer: worker({ replicas: 4, outcomes: sqlOutcomes({ rows }) }) }
 */
export function worker(options: Omit<WorkerConfig, 'kind'>): WorkerConfig {
  return { kind: 'worker', ...options };
}

/** Without what only this process can use: what stands in a revision's record. */
export function settingsOfWorker({ outcomes: _outcomes, ...settings }: WorkerConfig): WorkerSettings {
  return settings;
}
