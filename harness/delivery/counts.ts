import type { TrafficCounts } from '../contract/observation';

/** Counts to be counted up. */
export function noTraffic(): { requests: number; errors: number; clientErrors: number } {
  return { requests: 0, errors: 0, clientErrors: 0 };
}

/** The counts, with so many requests more that failed. */
export function withFailures(counts: TrafficCounts, more: number): TrafficCounts {
  return { ...counts, requests: counts.requests + more, errors: counts.errors + more };
}

/** Requests on each side that have been open for a second or more, by their age, s: the front tells of a request only when it ends. */
export interface Hanging {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export const NONE_HANGING: Hanging = { from: [], to: [] };
