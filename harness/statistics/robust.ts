/** The middle of the values: half of them lie on either side. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}

/** MAD × this estimates the standard deviation of normal noise (1 / Φ⁻¹(3/4)). */
const NORMAL_MAD = 1.4826;

/** Mean absolute deviation × this does (√(π/2)). */
const NORMAL_MEAN_AD = 1.2533;

/**
 * How far values spread around their median, in units of a standard deviation: by the median absolute deviation, which a few wild values do
 * not move; by the mean one where more than half of the values are the same. After Iglewicz and Hoaglin, "How to Detect and Handle
 * Outliers", ASQC 1993, and its fallback as IBM SPSS has it.
 */
export function robustSpread(values: readonly number[]): number {
  const center = median(values);
  const deviations = values.map((value) => Math.abs(value - center));
  const byMedian = NORMAL_MAD * median(deviations);
  if (byMedian > 0 || deviations.length === 0) return byMedian;
  return (NORMAL_MEAN_AD * deviations.reduce((sum, one) => sum + one, 0)) / deviations.length;
}
