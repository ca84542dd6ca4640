import { z } from 'zod';
import type { Immutable } from './immutable';
import { count } from './numbers';

/** Requests of one revision, as the front saw them. */
export const trafficCounts = z.strictObject({
  requests: count,
  /** Answered with 5xx, cut off, or not answered; or answered wrongly, as the load found. */
  errors: count,
  /** Answered with 4xx: no error by itself, but a release that makes more of them is a worse one. */
  clientErrors: count,
  /** Those of `errors` that only the load found wrong. Absent when there are none. */
  wrong: count.optional(),
});
export type TrafficCounts = Immutable<z.infer<typeof trafficCounts>>;

export const NO_TRAFFIC: TrafficCounts = { requests: 0, errors: 0, clientErrors: 0 };

/** Counts of two stretches, or of two sides, added up. */
export function addCounts(a: TrafficCounts, b: TrafficCounts): TrafficCounts {
  const wrong = (a.wrong ?? 0) + (b.wrong ?? 0);
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    clientErrors: a.clientErrors + b.clientErrors,
    ...(wrong === 0 ? {} : { wrong }),
  };
}
