import { z } from 'zod';
import type { Immutable } from '../immutable';
import { count } from '../numbers';
import { line } from './line';

/** A part of the answers to a kind of request that the new revision has differently. */
const shadowDifference = z.strictObject({
  /** Method and path: `GET /orders/{id}`. */
  kind: z.string(),
  /** `status`, `content type`, a JSON path such as `$.items[].price`, `the order of $.items`, `location`, `body`. */
  what: z.string(),
  /** What it is in stable and in the new revision, in one copy, for people. */
  from: z.string(),
  to: z.string(),
  /** Copies in which it differed, and in which it could be compared. */
  differing: count,
  compared: count,
});
export type ShadowDifference = Immutable<z.infer<typeof shadowDifference>>;

const shadowKind = z.strictObject({
  kind: z.string(),
  copies: count,
  /** Parts of answers that were compared. */
  compared: count,
  /** What differs between two answers of stable, at most 20: it speaks against nobody. */
  noise: z.array(z.strictObject({ what: z.string(), differing: count, compared: count })),
  /** What only the new revision has, at most 20: it is no difference. */
  added: z.array(z.strictObject({ what: z.string(), is: z.string() })),
});
export type ShadowKind = Immutable<z.infer<typeof shadowKind>>;

/** Copies of users' requests that read were answered by both revisions, before the new one had a user. */
export const shadow = line('shadow', {
  rollout: z.string(),
  service: z.string(),
  outcome: z.enum(['same', 'different', 'inconclusive']),
  reason: z.string().optional(),
  /** Requests that were answered by both, stable twice. */
  copies: count,
  /** Users' requests meanwhile, as the front saw them: those that read, and those that are never copied. */
  reads: count,
  others: count,
  /** Copies that could not be sent or compared. */
  failed: count,
  kinds: z.array(shadowKind),
  differences: z.array(shadowDifference),
  /** Medians of latency by window, where there were enough to compare. */
  latency: z
    .strictObject({ fromMs: z.number(), toMs: z.number(), shiftMs: z.number(), pValue: z.number(), windows: count })
    .optional(),
});
