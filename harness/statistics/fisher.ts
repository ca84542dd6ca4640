import { logChoose } from './log-factorial';

/** A number of trials and how many of them failed. */
export interface Trials {
  readonly requests: number;
  readonly errors: number;
}

/**
 * Fisher's exact test, one-sided: the probability that `canary` has at least as many of all errors as it has when both
 * fail at the same rate (margins fixed, hypergeometric). 1 when either side has no requests.
 *
 * Works in logarithms and walks the tail by ratios of neighbours, so it neither overflows nor loses small values.
 */
export function fisherExactGreater(canary: Trials, stable: Trials): number {
  const total = canary.requests + stable.requests;
  const errors = canary.errors + stable.errors;
  if (canary.requests === 0 || stable.requests === 0 || canary.errors === 0) return 1;
  const most = Math.min(errors, canary.requests);
  const mean = (errors * canary.requests) / total;

  // Right tail from the observed count; when that is most of the mass, the complement is summed instead.
  if (canary.errors > mean) return Math.min(1, sumFrom(canary.errors, most, 1));
  const least = Math.max(0, errors - stable.requests);
  return canary.errors - 1 < least ? 1 : Math.max(0, 1 - sumFrom(canary.errors - 1, least, -1));

  function sumFrom(first: number, last: number, direction: 1 | -1): number {
    const logFirst =
      logChoose(canary.requests, first) + logChoose(stable.requests, errors - first) - logChoose(total, errors);
    let relative = 1;
    let sum = 1;
    for (let x = first; x !== last; x += direction) {
      relative *= direction === 1 ? ratioUp(x) : 1 / ratioUp(x - 1);
      sum += relative;
      if (relative < sum * 1e-17) break;
    }
    return Math.exp(logFirst + Math.log(sum));
  }

  /** P(x + 1) ÷ P(x). */
  function ratioUp(x: number): number {
    return ((canary.requests - x) * (errors - x)) / ((x + 1) * (stable.requests - errors + x + 1));
  }
}
