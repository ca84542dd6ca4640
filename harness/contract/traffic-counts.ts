import { z } from 'zod';
import type { Immutable } from './immutable';
import { count } from './numbers';

/** Requests of one revision, as the front saw them. */
export const trafficCounts = z.strictObject({
  requests: count,
  /** Answered with 5xx, cut off, or not answered. */
  errors: count,
  /** Answered with 4xx: no error by itself, but a release that makes more of them is a worse one. */
  clientErrors: count,
});
export type TrafficCounts = Immutable<z.infer<typeof trafficCounts>>;

export const NO_TRAFFIC: TrafficCounts = { requests: 0, errors: 0, clientErrors: 0 };

/** Counts of two stretches, or of two sides, added up. */
export function addCounts(a: TrafficCounts, b: TrafficCounts): TrafficCounts {
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    clientErrors: a.clientErrors + b.clientErrors,
  };
}
