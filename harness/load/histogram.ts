import { build, type Histogram } from 'hdr-histogram-js';
import type { Latency } from './counts';

const MICROSECONDS = 1_000;
/** Longer ones are recorded as this long, µs: ten minutes. */
const HIGHEST = 600_000 * MICROSECONDS;

/** An HDR histogram of durations: recorded in µs, three significant digits, read in ms with fractions. */
export class LatencyHistogram {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

  record(durationMs: number): void {
    this.#histogram.recordValue(Math.min(HIGHEST, Math.max(0, Math.round(durationMs * MICROSECONDS))));
  }

  reset(): void {
    this.#histogram.reset();
  }

  read(): Latency {
    const histogram = this.#histogram;
    const samples = histogram.totalCount;
    const at = (percentile: number) => (samples === 0 ? 0 : histogram.getValueAtPercentile(percentile) / MICROSECONDS);
    return {
      samples,
      meanMs: samples === 0 ? 0 : histogram.mean / MICROSECONDS,
      p50Ms: at(50),
      p90Ms: at(90),
      p95Ms: at(95),
      p99Ms: at(99),
      p999Ms: at(99.9),
      maxMs: samples === 0 ? 0 : histogram.maxValue / MICROSECONDS,
    };
  }
}
