import { z } from 'zod';
import type { Immutable } from './immutable';
import { momentMs } from './numbers';

/**
 * The states of a whole release. `Accepting`: every step is through, and all new revisions are made stable. `Retiring`: the point of no return
 * is passed, what is old is stopped.
 */
export const releaseState = z.enum([
  ...(['Begun', 'Accepting', 'Retiring', 'Released', 'GoingBack', 'WentBack', 'Stuck'] as const),
]);
export type ReleaseState = z.infer<typeof releaseState>;

/** `stuck`: it could be brought neither through nor back; the next command tries once more. */
export const releaseOutcome = z.enum(['released', 'went-back', 'stuck', 'unchanged']);

export const releaseStep = z.strictObject({
  /** `start` a new service, `run` a job, `roll-out` a revision, `replace` a service without a front, `retire` what is gone. */
  kind: z.enum(['start', 'run', 'roll-out', 'replace', 'retire']),
  service: z.string(),
});

/** One step of a release, and what it does to which service: it stands in the release's record for whoever has to end it. */
export type ReleaseStep = Immutable<z.infer<typeof releaseStep>>;

/** What became of one step. `kept`: it cannot be undone, as a job that ran. `failed` ones were undone as far as they came. */
export const releaseStepReport = z.strictObject({
  ...releaseStep.shape,
  state: z.enum(['not-begun', 'done', 'failed', 'undone', 'kept']),
  /** Why it failed, or could not be undone. */
  reason: z.string().optional(),
});
export type ReleaseStepReport = Immutable<z.infer<typeof releaseStepReport>>;

/** How a whole release went. Times are wall ms. */
export const releaseResult = z.strictObject({
  release: z.string(),
  outcome: releaseOutcome,
  reason: z.string().optional(),
  /** Code of the error that led back, as of a rollout's result. */
  cause: z.string().optional(),
  startedAtMs: momentMs,
  endedAtMs: momentMs,
  /** When the users of every service were served by N alone again. */
  backAtMs: momentMs.optional(),
  /** In order. */
  steps: z.array(releaseStepReport),
  /** Revision that serves each service that was to be rolled out, now. */
  serves: z.record(z.string(), z.string()),
});
export type ReleaseResult = Immutable<z.infer<typeof releaseResult>>;
