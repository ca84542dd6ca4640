import type { BenchRow } from './row';

/** One thing that `npm run bench` measures. */
export interface Benchmark {
  readonly title: string;
  /** Takes too long for every day: runs only when it is named. */
  readonly nightly?: boolean;
  readonly measure: (signal: AbortSignal) => Promise<readonly BenchRow[]>;
}

export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {};
