import type { Queries } from '../kit/database';

export type ChargeStatus = 'charged' | 'voided';

/** The charges that were made, by the order they were made for. */
export interface Charges {
  readonly status: (id: string) => Promise<ChargeStatus | undefined>;
  /** False when there is a charge, or a void, with this id already. */
  readonly record: (charge: {
    readonly id: string;
    readonly orderKey: string;
    readonly amountCents: number;
  }) => Promise<boolean>;
  /** Also of a charge that never was: it stays refused for good. */
  readonly void: (id: string) => Promise<void>;
}

export function charges(database: Queries): Charges {
  return {
    status: async (id) => {
      const [row] = await database.query<{ status: ChargeStatus }>({
        name: 'charge-status',
        text: 'SELECT status FROM charges WHERE idempotency_key = $1',
        values: [id],
      });
      return row?.status;
    },
    record: async ({ id, orderKey, amountCents }) => {
      const rows = await database.query({
        name: 'charge-record',
        text: `INSERT INTO charges (idempotency_key, order_key, amount_cents, status) VALUES ($1, $2, $3, 'charged')
               ON CONFLICT DO NOTHING RETURNING 1`,
        values: [id, orderKey, amountCents],
      });
      return rows.length === 1;
    },
    void: async (id) => {
      await database.query({
        name: 'charge-void',
        text: `INSERT INTO charges (idempotency_key, amount_cents, status) VALUES ($1, 0, 'voided')
               ON CONFLICT (idempotency_key) DO UPDATE SET status = 'voided'`,
        values: [id],
      });
    },
  };
}
