const TABLE_SIZE = 1024;
const table = new Float64Array(TABLE_SIZE);
for (let n = 2; n < TABLE_SIZE; n += 1) table[n] = (table[n - 1] ?? 0) + Math.log(n);

/** ln(n!). A table for small n, Stirling's series above it (relative error below 1e-15 there). */
export function logFactorial(n: number): number {
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`logFactorial wants a whole number ≥ 0, not ${n}`);
  if (n < TABLE_SIZE) return table[n] ?? 0;
  const inverse = 1 / n;
  const series = inverse / 12 - (inverse * inverse * inverse) / 360;
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + series;
}

/** ln of "n over k". */
export function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}
