import { z } from 'zod';
import type { Immutable } from './immutable';
import { count } from './numbers';

/** What became of the requests of a load, or of all loads of a scenario. */
export const requestTotals = z.strictObject({
  sent: count,
  ok: count,
  /** Answered, but not as its kind of request says that a right answer looks. */
  failed: count,
  /** Sent, and no complete response or a 5xx. */
  lost: count,
  /** Started more than 100 ms after the intended moment. */
  late: count,
  unsent: count,
  /** Why requests failed or were lost, with how often: `status 302`, `no order id`, `ECONNREFUSED`. */
  reasons: z.record(z.string(), count).optional(),
  /** The load's own bound that ended it before it was stopped: what came after had no traffic. */
  bound: z.enum(['duration', 'requests']).optional(),
});
export type RequestTotals = Immutable<z.infer<typeof requestTotals>>;
