import type { Facts } from '../core/errors';

/** `expired`: its lease ended it. `failed`: what injected it has died, or it could not be undone. */
export type FaultState = 'active' | 'reverted' | 'expired' | 'failed';

/** Of how many answers, connections or containers a fault touched how many. Probes of ours do not count. */
export interface Felt {
  readonly felt: number;
  readonly of: number;
  readonly unit: 'answers' | 'connections' | 'containers';
}

/** A stretch of time: a rollout's, for one. Without an end it lasts. */
export interface Lasting {
  /** Wall ms. */
  readonly startedAtMs: number;
  readonly endedAtMs?: number | undefined;
}

/** A leased perturbation that has been shown to bite. Leaving its block (`await using`) reverts it. */
export interface Fault extends AsyncDisposable, Lasting {
  readonly id: string;
  /** `latency`, `crash` … */
  readonly kind: string;
  /** What it is on, for people: a service, or an edge as `from → to`. */
  readonly target: string;
  readonly state: FaultState;
  /** What was measured to prove it. */
  readonly bite: Facts;
  /** What was felt of it until now, or until it ended. */
  felt(): Promise<Felt>;
  /** Whether it was on at a moment at which the other, such as a rollout, was under way. */
  overlaps(other: Lasting): boolean;
  /**
   * Ends it and verifies that. Idempotent: also after its lease has ended it, which is an error of the scenario.
   * @throws HarnessError `fault-did-not-revert`; `fault-did-not-bite` when callers had traffic and none of it was touched
   */
  revert(): Promise<void>;
}
