import { z } from 'zod';
import { attribution } from './attribution';
import type { Immutable } from './immutable';
import { count, durationMs, momentMs } from './numbers';
import { trafficCounts } from './traffic-counts';

/** The states of a rollout, in order; see `delivery/controller`. */
export const rolloutState = z.enum([
  ...([
    'Pending',
    'Preflight',
    'Stopping',
    'Starting',
    'Readying',
    'Shifting',
    'Analyzing',
    'Holding',
    'Promoted',
    'Baking',
  ] as const),
  ...(['Retiring', 'Succeeded', 'Aborting', 'RollingBack', 'RolledBack', 'RollbackPaused'] as const),
]);
export type RolloutState = z.infer<typeof rolloutState>;

/**
 * How a rollout ended. `held`: at its weight for as long as was asked, then taken back. `rollback-paused`: the way back failed, and traffic
 * is on whichever revision is usable. `aborted`: somebody asked for it.
 */
export const rolloutOutcome = z.enum(['promoted', 'rolled-back', 'rollback-paused', 'held', 'aborted', 'unchanged']);
export type RolloutOutcome = z.infer<typeof rolloutOutcome>;

/** How a switch back was seen by the front itself: a count, which no slow machine changes. */
export const switchFacts = z.strictObject({
  /** Of the routing that gave everything back to stable. */
  switchEpoch: z.number(),
  /** Requests that were routed in that epoch or later. With none, nobody has seen the switch. */
  requestsAfterSwitch: count,
  /** Those of them that the candidate was chosen for, or served. */
  routedToCandidateAfterSwitch: count,
});
export type SwitchFacts = Immutable<z.infer<typeof switchFacts>>;

/** A time in which nobody could be served, because the one revision was stopped before the other one started. */
export const outage = z.strictObject({
  /** End of the last answer before it, wall ms; absent when none was seen. */
  lastAnswerAtMs: momentMs.optional(),
  /** End of the first answer after it, wall ms; absent when none was seen. */
  firstAnswerAtMs: momentMs.optional(),
  /** Requests that no revision could serve. */
  unserved: count,
});
export type Outage = Immutable<z.infer<typeof outage>>;

/** How a rollout kept what it had promised of a service's replicas while it exchanged them. */
export const replicaFacts = z.strictObject({
  /** Never fewer than this were to be ready, of both revisions together, nor more to run. */
  promised: count,
  limit: count,
  fewestReady: count,
  mostRunning: count,
});
export type ReplicaFacts = Immutable<z.infer<typeof replicaFacts>>;

/** How a rollout went. Times are wall ms; those of a bad release are there when there was one. */
export const rolloutResult = z.strictObject({
  rollout: z.string(),
  service: z.string(),
  strategy: z.string(),
  /** Id of the rollout that it repeats. */
  retries: z.string().optional(),
  outcome: rolloutOutcome,
  /** Revision labels. */
  from: z.string(),
  to: z.string(),
  reason: z.string().optional(),
  /** Code of the error that led back to stable: `release-rejected` by the judge, `release-not-judged` for want of evidence, `aborted` by hand, `interrupted`, `controller-died`. */
  cause: z.string().optional(),
  /** Whose fault it is, where the judge led back to stable, or had one sick replica replaced. */
  attribution: attribution.optional(),
  startedAtMs: momentMs,
  endedAtMs: momentMs,
  firstBadResponseAtMs: momentMs.optional(),
  decidedAtMs: momentMs.optional(),
  /** When HAProxy had acknowledged the weights, and requests through the front were answered by the old revision. */
  rolledBackAtMs: momentMs.optional(),
  lastStartOnBadAtMs: momentMs.optional(),
  /** From the decision to the start of the last request on the bad revision, ms; 0 when none started after it. */
  switchMs: durationMs.optional(),
  /** Weights of the new revision, in order. */
  weightsReached: z.array(z.number()),
  judgements: count,
  /** When the new revision was held at a weight, as asked, without being judged. */
  held: z.strictObject({ fromMs: momentMs, toMs: momentMs }).optional(),
  /** In order; absent where the strategy needs none. */
  outages: z.array(outage).optional(),
  /** Where the strategy exchanges replicas one by one. */
  replicas: replicaFacts.optional(),
  /** What `samples`, `outages` and the counts after the switch count. Absent: requests. */
  counts: z.literal('messages').optional(),
  /** All requests that the front saw during the rollout; those that a controller that died could still write down. */
  samples: z.strictObject({ from: trafficCounts, to: trafficCounts }),
  /** Why the load found answers of the new revision wrong, most frequent first. Absent: it found none. */
  wrongAnswers: z.array(z.strictObject({ reason: z.string(), count })).optional(),
  ...switchFacts.partial().shape,
});
export type RolloutResult = Immutable<z.infer<typeof rolloutResult>>;
