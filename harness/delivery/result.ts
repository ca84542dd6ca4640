import type { SwitchFacts, TrafficCounts } from '../contract/observation';

export type RolloutOutcome = 'promoted' | 'rolled-back' | 'rollback-paused' | 'held' | 'aborted' | 'unchanged';

/** How a rollout went. Times are wall ms; those of a bad release are there when there was one. */
export interface RolloutResult extends Partial<SwitchFacts> {
  readonly rollout: string;
  readonly service: string;
  readonly strategy: string;
  readonly outcome: RolloutOutcome;
  /** Revision labels. */
  readonly from: string;
  readonly to: string;
  readonly reason?: string;
  /** Code of the error that led back to stable: `release-rejected` by the judge, `release-not-judged` for want of evidence, `aborted` by hand, `interrupted`. */
  readonly cause?: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly firstBadResponseAtMs?: number;
  readonly decidedAtMs?: number;
  /** When HAProxy had acknowledged the weights, and requests through the front were answered by the old revision. */
  readonly rolledBackAtMs?: number;
  readonly lastStartOnBadAtMs?: number;
  /** From the decision to the start of the last request on the bad revision, ms; 0 when none started after it. */
  readonly switchMs?: number;
  /** Weights of the new revision, in order. */
  readonly weightsReached: readonly number[];
  readonly judgements: number;
  /** When the new revision was held at a weight, as asked, without being judged. */
  readonly held?: { readonly fromMs: number; readonly toMs: number };
  /** All requests that the front saw during the rollout. */
  readonly samples: { readonly from: TrafficCounts; readonly to: TrafficCounts };
}
