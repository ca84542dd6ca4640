import { addCounts, type TrafficCounts } from '../../contract/traffic-counts';
import { countsOf, replaceCounts, type RequestSample } from '../../front/sample';

/** Counts with one sample more, or with one in the place of what was told of the same request before. */
export function withSample(counts: TrafficCounts, sample: RequestSample, replaces?: RequestSample): TrafficCounts {
  return replaces === undefined ? addCounts(counts, countsOf(sample)) : replaceCounts(counts, sample, replaces);
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
