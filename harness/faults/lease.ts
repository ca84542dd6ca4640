import { monotonicMs } from '../core/clock';
import { HarnessError } from '../core/errors';

/** A fault that nobody gave a lease ends after this long, ms. */
export const LEASE_MS_DEFAULT = 120_000;

/** No fault outlives an hour. */
export const LEASE_MS_MAX = 3_600_000;

/** How long something may last, whoever dies. */
export class Lease {
  readonly #endsAtMs: number;

  /** @throws HarnessError `bad-lease` unless 0 < leaseMs ≤ one hour */
  constructor(
    readonly leaseMs: number,
    private readonly now: () => number = monotonicMs,
  ) {
    if (!(leaseMs > 0 && leaseMs <= LEASE_MS_MAX)) {
      throw new HarnessError('bad-lease', {
        message: `a lease of ${leaseMs} ms is not between 0 and ${LEASE_MS_MAX} ms`,
        facts: { leaseMs, limitMs: LEASE_MS_MAX },
      });
    }
    this.#endsAtMs = now() + leaseMs;
  }

  /** What is left, ms; 0 when it has ended. */
  get remainingMs(): number {
    return Math.max(0, this.#endsAtMs - this.now());
  }

  get hasEnded(): boolean {
    return this.remainingMs === 0;
  }
}
