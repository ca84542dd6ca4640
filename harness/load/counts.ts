/** More than this after its intended moment, a request was not sent in time, ms. */
export const LATE_MS = 100;

/** What became of the requests of a load. `sent` = ok + failed + lost + inFlight. */
export interface LoadCounts {
  readonly sent: number;
  /** A complete answer with an expected status that its check, if it has one, found right. */
  readonly ok: number;
  /** A complete answer with another status below 500, or one that its check found wrong. */
  readonly failed: number;
  /** No complete answer, or a 5xx that the request did not expect. */
  readonly lost: number;
  /** Of `sent`: started more than {@link LATE_MS} after the intended moment. */
  readonly late: number;
  /** Not sent: as many as allowed were in flight. */
  readonly unsent: number;
  readonly inFlight: number;
}

/** Latency from the intended moment of a request to the end of its answer, ms. All 0 when there are no samples. */
export interface Latency {
  readonly samples: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/**
 * About one second of a load. `sent`, `late`, `unsent` count requests whose moment was in the window; `ok`, `failed`, `lost` and the
 * latency those that ended in it.
 */
export interface LoadWindow extends LoadCounts {
  /** Wall ms since the epoch. */
  readonly startMs: number;
  readonly lengthMs: number;
  readonly latency: Latency;
}

/** One kind of request of the mix. */
export interface KindSummary extends LoadCounts {
  readonly latency: Latency;
}

/** How a load ended. */
export interface LoadSummary extends LoadCounts {
  readonly load: string;
  /** Wall ms since the epoch. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly durationMs: number;
  readonly latency: Latency;
  readonly kinds: Readonly<Record<string, KindSummary>>;
  /** Share of the requests that were late or not sent at all. Above 0.001 the generator, not the stack, was the limit. */
  readonly lateShare: number;
  /** How much after the intended moment requests were started. */
  readonly lateness: Latency;
  /** What went wrong, with how often: `ECONNREFUSED`, `timed-out`, `status 503`, `no order id`… */
  readonly reasons: Readonly<Record<string, number>>;
  /** The bound that ended the load before `stop`. */
  readonly bound?: 'duration' | 'requests';
  /** CPU that the generator used while it ran, in percent of one core. */
  readonly cpuPercent: number;
}

/** Share of what should have been sent that was late or not sent. */
export function lateShare(counts: LoadCounts): number {
  const offered = counts.sent + counts.unsent;
  return offered === 0 ? 0 : (counts.late + counts.unsent) / offered;
}
