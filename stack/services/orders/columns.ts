import { z } from 'zod';
import type { DefectName } from '../kit/defect-names';

/** What a release writes into an order, and reads of it, beside what all of them do. */
export interface OrderColumns {
  /** By name, for a new order. */
  readonly written: Readonly<Record<string, string>>;
  /** What the status of an order can be: one that this release does not know is refused, nobody guesses what it means. Absent: it is not read. */
  readonly status?: z.ZodType<string>;
}

/**
 * `new-status` calls new orders something that the release before it has never heard of. `writes-channel` needs a column that a migration adds;
 * `without-status` does without one, so that a migration can drop it.
 */
export function orderColumns(defect: DefectName): OrderColumns {
  switch (defect) {
    case 'new-status':
      return { written: { status: 'packing' }, status: z.enum(['paid', 'packing']) };
    case 'writes-channel':
      return { written: { status: 'paid', channel: 'web' }, status: z.literal('paid') };
    case 'without-status':
      return { written: {} };
    default:
      return { written: { status: 'paid' }, status: z.literal('paid') };
  }
}
