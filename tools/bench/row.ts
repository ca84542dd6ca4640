/** What every benchmark gets. */
export interface BenchOptions {
  /** The stack's rollproof.config.ts. */
  readonly configPath: string;
  readonly signal: AbortSignal;
}

/** One figure of `npm run bench`. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same figure of what it is compared with, in the same run. */
  readonly baseline?: number;
  /** value ÷ baseline. */
  readonly ratio?: number;
  /** The bar; more is worse. */
  readonly limit?: number;
  readonly samples: number;
}

/** Whether a row misses its bar. What was measured on nothing has not kept it. */
export function missesBar({ value, limit, samples }: BenchRow): boolean {
  return limit !== undefined && !(samples > 0 && value <= limit);
}
