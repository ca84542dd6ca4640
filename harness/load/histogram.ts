import { createHistogram } from 'node:perf_hooks';
import type { Latency } from './counts';

const MICROSECONDS = 1_000;
/** Longer ones are recorded as this long, µs: ten minutes. */
const HIGHEST = 600_000 * MICROSECONDS;

/** An HDR histogram of durations: recorded in µs, three significant digits, read in ms with fractions. */
export class LatencyHistogram {
  readonly #histogram = createHistogram({ lowest: 1, highest: HIGHEST, figures: 3 });

  record(durationMs: number): void {
    this.#histogram.record(Math.min(HIGHEST, Math.max(1, Math.round(durationMs * MICROSECONDS))));
  }

  reset(): void {
    this.#histogram.reset();
  }

  read(): Latency {
    const histogram = this.#histogram;
    const samples = histogram.count;
    const at = (percentile: number) => (samples === 0 ? 0 : histogram.percentile(percentile) / MICROSECONDS);
    return {
      samples,
      meanMs: samples === 0 ? 0 : histogram.mean / MICROSECONDS,
      p50Ms: at(50),
      p90Ms: at(90),
      p95Ms: at(95),
      p99Ms: at(99),
      p999Ms: at(99.9),
      maxMs: samples === 0 ? 0 : histogram.max / MICROSECONDS,
    };
  }
}
