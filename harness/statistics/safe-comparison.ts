import type { Trials } from './fisher';

/** What both revisions did in one stretch of time. */
export interface Block {
  readonly canary: Trials;
  readonly stable: Trials;
}

/** Probabilities that a request fails. */
export interface Rates {
  readonly canary: number;
  readonly stable: number;
}

/**
 * The natural logarithm of an e-variable of one block: how many times likelier its failures are under `bet` than under the member of the
 * null hypothesis that is nearest to it. Whatever member of it is true, the expectation of the e-variable is at most 1, and so is that
 * of the product over blocks, at whatever time one looks (Turner, Ly & Grünwald, "Generic E-variables for exact sequential k-sample tests
 * that allow for optional stopping", arXiv:2106.02693, theorem 1; for a null hypothesis with a rise: Turner & Grünwald, "Anytime-valid
 * confidence intervals for contingency tables and beyond", arXiv:2203.09785). The rates may be others in each block, which makes a block a
 * stratum (arXiv:2302.11401): neither a weight that changes nor a dependency that fails for a while counts for or against anybody.
 */
export function logEVariable(block: Block, bet: Rates, nearest: Rates): number {
  return (
    logLikelihoodRatio(block.canary, bet.canary, nearest.canary) +
    logLikelihoodRatio(block.stable, bet.stable, nearest.stable)
  );
}

/** The nearest to `bet` of "the canary fails no more often than stable". */
export function nearestWithoutRise({ canary, stable }: Block, bet: Rates): Rates {
  if (bet.canary <= bet.stable) return bet;
  const all = canary.requests + stable.requests;
  const both = all === 0 ? bet.stable : (canary.requests * bet.canary + stable.requests * bet.stable) / all;
  return { canary: both, stable: both };
}

/** Halvings of the interval in which the nearest rate lies: to the last digit. */
const HALVINGS = 50;

/** The nearest to `bet` of "the canary fails more often than stable, by `rise` at least": the hypothesis is convex, so it is at its edge. */
export function nearestWithRise({ canary, stable }: Block, bet: Rates, rise: number): Rates {
  if (bet.canary - bet.stable >= rise) return bet;
  const slope = (p: number, q: number, requests: number) => (requests === 0 ? 0 : (requests * (p - q)) / (p * (1 - p)));
  let [low, high] = [0, 1 - rise];
  for (let n = 0; n < HALVINGS; n += 1) {
    const middle = (low + high) / 2;
    const isAbove = slope(middle + rise, bet.canary, canary.requests) + slope(middle, bet.stable, stable.requests) > 0;
    if (isAbove) high = middle;
    else low = middle;
  }
  const nearest = (low + high) / 2;
  return { canary: nearest + rise, stable: nearest };
}

/** ln of (probability under `bet` ÷ under `other`) of so many failures. */
function logLikelihoodRatio({ requests, errors }: Trials, bet: number, other: number): number {
  const failed = errors === 0 ? 0 : errors * Math.log(bet / other);
  const succeeded = requests === errors ? 0 : (requests - errors) * (Math.log1p(-bet) - Math.log1p(-other));
  return failed + succeeded;
}
