import { z } from 'zod';
import type { DefectName } from '../kit/defect-names';

/** What a release writes into an order, and reads of it, beside what all of them do. */
export interface OrderColumns {
  /** By name, for a new order. */
  readonly written: Readonly<Record<string, string>>;
  /** What the status of an order can be: one that this release does not know is refused, nobody guesses what it means. Absent: it is not read. */
  readonly status?: z.ZodType<string>;
  /** What the message says that a new order leaves for the mailer. */
  readonly message: Readonly<Record<string, unknown>>;
}

const MESSAGE = { letter: 'order-confirmed' };

/**
 * `new-status` calls new orders something that the release before it has never heard of. `writes-channel` needs a column that a migration adds;
 * `without-status` does without one, so that a migration can drop it. `message-format` leaves messages that no mailer can read yet.
 */
export function orderColumns(defect: DefectName): OrderColumns {
  switch (defect) {
    case 'new-status':
      return { written: { status: 'packing' }, status: z.enum(['paid', 'packing']), message: MESSAGE };
    case 'writes-channel':
      return { written: { status: 'paid', channel: 'web' }, status: z.literal('paid'), message: MESSAGE };
    case 'without-status':
      return { written: {}, message: MESSAGE };
    case 'message-format':
      return { ...plain(), message: { letters: [{ template: 'order-confirmed' }] } };
    default:
      return plain();
  }
}

function plain(): OrderColumns {
  return { written: { status: 'paid' }, status: z.literal('paid'), message: MESSAGE };
}
