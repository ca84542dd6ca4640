import { logChoose } from './log-factorial';

/** P(X = k) for X ~ Binomial(n, p). */
export function binomialPmf(k: number, n: number, p: number): number {
  if (k < 0 || k > n) return 0;
  if (p <= 0) return k === 0 ? 1 : 0;
  if (p >= 1) return k === n ? 1 : 0;
  return Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/** P(X ≥ k) for X ~ Binomial(n, p). Sums the shorter way from k, so that small tails keep their digits. */
export function binomialAtLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1) return 1;
  return k > n * p ? tail(k, n, p, 1) : Math.max(0, 1 - tail(k - 1, n, p, -1));
}

/** Sums the probabilities from `start` towards the end that lies in `direction`, by ratios of neighbours, until they no longer count. */
function tail(start: number, n: number, p: number, direction: 1 | -1): number {
  const odds = p / (1 - p);
  let term = binomialPmf(start, n, p);
  let sum = term;
  for (let k = start; k + direction >= 0 && k + direction <= n; k += direction) {
    term *= direction === 1 ? ((n - k) / (k + 1)) * odds : k / (n - k + 1) / odds;
    sum += term;
    if (term < sum * 1e-17 || term === 0) break;
  }
  return Math.min(1, sum);
}
