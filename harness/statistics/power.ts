import { binomialAtLeast, binomialPmf } from './binomial';
import { fisherExactGreater, type Trials } from './fisher';

export interface PowerQuestion {
  readonly canaryRequests: number;
  /** What stable did: its error ratio is taken as the truth. */
  readonly stable: Trials;
  /** The rise over stable that should be seen, as a ratio: 0.1 is 10 points. */
  readonly rise: number;
  /** The level the p-value has to stay below. */
  readonly alpha: number;
}

/**
 * The probability that {@link fisherExactGreater} had said "worse" (p < alpha) at these sample sizes, if the canary failed
 * `rise` more often than stable. Exact: the two binomials convolved, but for stable counts that hold less than 1e-6 together.
 */
export function powerToDetect(question: PowerQuestion): number {
  const { canaryRequests, stable, rise, alpha } = question;
  if (canaryRequests === 0 || stable.requests === 0) return 0;
  const stableRatio = stable.errors / stable.requests;
  const canaryRatio = Math.min(1, stableRatio + rise);
  const spread = 5.5 * Math.sqrt(stable.requests * stableRatio * (1 - stableRatio)) + 8;
  const first = stableRatio === 0 ? 0 : Math.max(0, Math.floor(stable.errors - spread));
  const last = stableRatio === 0 ? 0 : Math.min(stable.requests, Math.ceil(stable.errors + spread));

  let power = 0;
  let critical = -1;
  let seen = 0;
  for (let stableErrors = first; stableErrors <= last; stableErrors += 1) {
    // The more errors stable has, the more the canary needs: `critical` only grows.
    const needed = criticalErrors(
      canaryRequests,
      { requests: stable.requests, errors: stableErrors },
      alpha,
      Math.max(0, critical),
    );
    if (needed > canaryRequests) break;
    if (needed !== critical) seen = binomialAtLeast(needed, canaryRequests, canaryRatio);
    critical = needed;
    power += binomialPmf(stableErrors, stable.requests, stableRatio) * seen;
  }
  return Math.min(1, power);
}

/** The least number of canary errors that the test calls worse than `stable`; requests + 1 when none is. */
function criticalErrors(canaryRequests: number, stable: Trials, alpha: number, atLeast = 0): number {
  const isWorse = (errors: number) => fisherExactGreater({ requests: canaryRequests, errors }, stable) < alpha;
  // Gallop from the known lower bound: between neighbouring stable counts it moves by one or not at all.
  let low = atLeast;
  let stride = 1;
  while (low + stride <= canaryRequests && !isWorse(low + stride - 1)) {
    low += stride;
    stride *= 2;
  }
  let high = Math.min(canaryRequests + 1, low + stride - 1);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isWorse(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
