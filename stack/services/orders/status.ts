import { z } from 'zod';
import type { DefectName } from '../kit/defect-names';

/** What an order can be. One that this release does not know is refused when it is read: nobody guesses what it means. */
export interface OrderStatuses {
  /** Of a new order. */
  readonly first: string;
  readonly known: z.ZodType<string>;
}

/** The defect `new-status` is a release that calls new orders something that the one before it has never heard of. */
export function orderStatuses(defect: DefectName): OrderStatuses {
  const known = defect === 'new-status' ? ['paid', 'packing'] : ['paid'];
  return { first: known.at(-1) ?? 'paid', known: z.enum(known) };
}
