export interface RankTest {
  /** Pairs in which `larger` is above `smaller`, ties as half. */
  readonly u: number;
  /** One-sided: the probability of such a U or a higher one when both come from the same distribution. */
  readonly pValue: number;
  /** Hodges-Lehmann estimate: the median of all differences `larger − smaller`, in the unit of the samples. */
  readonly shift: number;
}

/** Above this many pairs of samples, or with ties, the normal approximation serves; below it, the exact distribution. */
const EXACT_LIMIT = 50;

/**
 * Mann-Whitney U, one-sided "`larger` tends to be above `smaller`". Exact without ties when both have fewer than
 * 50 samples (as R's `wilcox.test`), else normal with tie and continuity correction. p is 1 when either is empty.
 */
export function mannWhitneyGreater(larger: readonly number[], smaller: readonly number[]): RankTest {
  const m = larger.length;
  const n = smaller.length;
  if (m === 0 || n === 0) return { u: 0, pValue: 1, shift: 0 };
  const { rankSum, tieTerm } = rankSumOf(larger, smaller);
  const u = rankSum - (m * (m + 1)) / 2;
  const exact = tieTerm === 0 && m < EXACT_LIMIT && n < EXACT_LIMIT;
  return {
    u,
    pValue: exact ? exactTail(u, m, n) : normalTail(u, m, n, tieTerm),
    shift: medianDifference(larger, smaller),
  };
}

/** The smallest p that this many samples can give: when all of one side lie above all of the other. */
export function smallestRankPValue(m: number, n: number): number {
  return m === 0 || n === 0 ? 1 : exactOrApproximateFloor(m, n);
}

function exactOrApproximateFloor(m: number, n: number): number {
  let p = 1;
  for (let i = 1; i <= m; i += 1) p *= i / (n + i);
  return p;
}

function rankSumOf(larger: readonly number[], smaller: readonly number[]): { rankSum: number; tieTerm: number } {
  const all = [...larger.map((value) => ({ value, mine: 1 })), ...smaller.map((value) => ({ value, mine: 0 }))];
  all.sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let tieTerm = 0;
  for (let start = 0; start < all.length;) {
    let end = start;
    let mine = 0;
    while (end < all.length && all[end]?.value === all[start]?.value) mine += all[end++]?.mine ?? 0;
    const tied = end - start;
    rankSum += mine * ((start + 1 + end) / 2);
    tieTerm += tied * tied * tied - tied;
    start = end;
  }
  return { rankSum, tieTerm };
}

/** P(U ≥ u) by counting: the number of ways to get each U, built up one sample at a time. */
function exactTail(u: number, m: number, n: number): number {
  // ways[s] = number of choices of m ranks (0 … m+n−1) with sum of excess s; the coefficients of the Gaussian binomial.
  const top = m * n;
  let ways = new Float64Array(top + 1);
  ways[0] = 1;
  for (let i = 1; i <= m; i += 1) {
    const next = Float64Array.from(ways);
    for (let s = n + i; s <= top; s += 1) next[s] = (next[s] ?? 0) - (ways[s - n - i] ?? 0);
    for (let s = i; s <= top; s += 1) next[s] = (next[s] ?? 0) + (next[s - i] ?? 0);
    ways = next;
  }
  // Symmetric: P(U ≥ u) = P(U ≤ mn − u), which sums the small end without cancellation.
  let all = 0;
  let tail = 0;
  for (let s = 0; s <= top; s += 1) {
    all += ways[s] ?? 0;
    if (s <= top - u) tail += ways[s] ?? 0;
  }
  return Math.min(1, tail / all);
}

function normalTail(u: number, m: number, n: number, tieTerm: number): number {
  const size = m + n;
  const variance = ((m * n) / 12) * (size + 1 - tieTerm / (size * (size - 1)));
  if (variance <= 0) return 1;
  return upperNormal((u - (m * n) / 2 - 0.5) / Math.sqrt(variance));
}

/** P(Z > z): the complementary error function by its continued fraction and series (Abramowitz & Stegun 7.1.5, 7.1.14). */
function upperNormal(z: number): number {
  if (z < 0) return 1 - upperNormal(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let k = 1; term > sum * 1e-17; k += 1) {
      term *= (z * z) / (2 * k + 1);
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = 0;
  for (let k = 80; k >= 1; k -= 1) fraction = k / (z + fraction);
  return density / (z + fraction);
}

function medianDifference(larger: readonly number[], smaller: readonly number[]): number {
  const differences = larger.flatMap((a) => smaller.map((b) => a - b)).sort((a, b) => a - b);
  const middle = differences.length >> 1;
  const upper = differences[middle] ?? 0;
  return differences.length % 2 === 1 ? upper : (upper + (differences[middle - 1] ?? 0)) / 2;
}
