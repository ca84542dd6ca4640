import type { Facts } from '../core/errors';

export type FaultKind = 'latency' | 'crash';

/** `expired`: its lease ended it. `failed`: what injected it has died, or it could not be undone. */
export type FaultState = 'active' | 'reverted' | 'expired' | 'failed';

/** A leased perturbation that has been shown to bite. Leaving its block (`await using`) reverts it. */
export interface Fault extends AsyncDisposable {
  readonly id: string;
  readonly kind: FaultKind;
  /** A service, or an edge as `from → to`. */
  readonly target: string;
  readonly state: FaultState;
  /** What was measured to prove it. */
  readonly bite: Facts;
  /** Ends it and verifies that. Idempotent: also after its lease has ended it, which the injector then counts as a failure. */
  revert(): Promise<void>;
}
