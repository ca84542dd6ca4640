import { randomUUID } from 'node:crypto';
import type { Queries } from '../kit/database';
import type { Items } from '../kit/items';
import type { OrderColumns } from './columns';

export interface Checkout {
  readonly orderId: string;
  /** Of the request that opened it: the same key with other items is a mistake. */
  readonly fingerprint: string;
  readonly state: 'open' | 'stored' | 'cancelling';
}

export interface Order {
  readonly id: string;
  readonly key: string;
  readonly items: Items;
  readonly amountCents: number;
}

export type FoundOrder = Omit<Order, 'key'> & { readonly status?: string };

/** What orders keeps: a checkout from its first moment, so that nothing done for it is forgotten, and stored orders. */
export interface Ledger {
  /** Opens a checkout for a customer's key, or joins the one that is open or stored. */
  readonly open: (key: string, fingerprint: string) => Promise<Checkout>;
  /** Stores the order, closes its checkout, and leaves a message for the mailer, in one transaction. False when the checkout is not open any more. */
  readonly store: (order: Order) => Promise<boolean>;
  readonly state: (orderId: string) => Promise<Checkout['state'] | undefined>;
  /** Forgets an open checkout for which nothing was done. False when another request has joined it. */
  readonly discard: (orderId: string) => Promise<boolean>;
  /** An open checkout is to be undone, with what a twin may have done for it. Undefined when it is not open. */
  readonly markCancelling: (orderId: string, chargePossible: boolean) => Promise<Cancellation | undefined>;
  /** Takes up to `limit` checkouts that nobody finished; other instances do not get the same ones. */
  readonly claimUnfinished: (limits: ClaimLimits) => Promise<Cancellation[]>;
  readonly forget: (orderId: string) => Promise<void>;
  readonly find: (orderId: string) => Promise<FoundOrder | undefined>;
  /** What has become of the message that an order left for the mailer. Undefined: there is no such order. */
  readonly letter: (orderId: string) => Promise<Letter | undefined>;
}

export interface Letter {
  readonly state: 'waiting' | 'done' | 'dead';
}

export interface ClaimLimits {
  readonly limit: number;
  /** Longer than any request can take, ms. */
  readonly openForMs: number;
  readonly retryAfterMs: number;
}

export interface Cancellation {
  readonly orderId: string;
  readonly chargePossible: boolean;
}

interface CancellationRow {
  readonly order_id: string;
  readonly charge_possible: boolean;
}

function cancellation(row: CancellationRow): Cancellation {
  return { orderId: row.order_id, chargePossible: row.charge_possible };
}

export function ledger(database: Queries, columns: OrderColumns): Ledger {
  const written = Object.entries(columns.written);
  const affects = async (name: string, text: string, values: unknown[]): Promise<boolean> =>
    (await database.query({ name, text, values })).length === 1;
  return {
    open: async (key, fingerprint) => {
      const [row] = await database.query<{ order_id: string; fingerprint: string; state: Checkout['state'] }>({
        name: 'checkout-open',
        text: `INSERT INTO checkouts (order_id, idempotency_key, fingerprint, state) VALUES ($1, $2, $3, 'open')
               ON CONFLICT (idempotency_key) WHERE state <> 'cancelling' DO UPDATE SET joined = true
               RETURNING order_id, fingerprint, state`,
        values: [randomUUID(), key, fingerprint],
      });
      if (row === undefined) throw new Error('an upsert always returns its row');
      return { orderId: row.order_id, fingerprint: row.fingerprint, state: row.state };
    },
    store: ({ id, key, items, amountCents }) =>
      affects(
        'order-store',
        `WITH finished AS (
           UPDATE checkouts SET state = 'stored' WHERE order_id = $1 AND state = 'open' RETURNING order_id
         ), told AS (
           INSERT INTO messages (order_id, order_key, body) SELECT order_id, $2, $5 FROM finished
         )
         INSERT INTO orders (${['id', 'idempotency_key', 'items', 'amount_cents', ...written.map(([name]) => name)].join(', ')})
         SELECT ${['order_id', '$2', '$3', '$4', ...written.map((_, index) => `$${index + 6}`)].join(', ')} FROM finished RETURNING 1`,
        [
          ...[id, key, JSON.stringify(items), amountCents, JSON.stringify(columns.message)],
          ...written.map(([, value]) => value),
        ],
      ),
    state: async (orderId) => {
      const [row] = await database.query<{ state: Checkout['state'] }>({
        name: 'checkout-state',
        text: 'SELECT state FROM checkouts WHERE order_id = $1',
        values: [orderId],
      });
      return row?.state;
    },
    discard: (orderId) =>
      affects(
        'checkout-discard',
        `DELETE FROM checkouts WHERE order_id = $1 AND state = 'open' AND NOT joined RETURNING 1`,
        [orderId],
      ),
    markCancelling: async (orderId, chargePossible) => {
      const [row] = await database.query<CancellationRow>({
        name: 'checkout-cancel',
        text: `UPDATE checkouts SET state = 'cancelling', touched_at = now(), charge_possible = $2 OR joined
               WHERE order_id = $1 AND state = 'open' RETURNING order_id, charge_possible`,
        values: [orderId, chargePossible],
      });
      return row && cancellation(row);
    },
    claimUnfinished: async ({ limit, openForMs, retryAfterMs }) => {
      const rows = await database.query<CancellationRow>({
        name: 'checkout-claim',
        text: `UPDATE checkouts SET state = 'cancelling', touched_at = now() WHERE order_id IN (
                 SELECT order_id FROM checkouts
                 WHERE (state = 'open' AND touched_at < now() - $2 * interval '1 millisecond')
                    OR (state = 'cancelling' AND touched_at < now() - $3 * interval '1 millisecond')
                 ORDER BY touched_at LIMIT $1 FOR UPDATE SKIP LOCKED)
               RETURNING order_id, charge_possible`,
        values: [limit, openForMs, retryAfterMs],
      });
      return rows.map(cancellation);
    },
    forget: async (orderId) => {
      await database.query({
        name: 'checkout-forget',
        text: `DELETE FROM checkouts WHERE order_id = $1 AND state = 'cancelling'`,
        values: [orderId],
      });
    },
    find: async (orderId) => {
      const [row] = await database.query<FoundOrder>({
        name: 'order',
        text: `SELECT id, items, amount_cents AS "amountCents"${columns.status === undefined ? '' : ', status'} FROM orders WHERE id = $1`,
        values: [orderId],
      });
      if (row === undefined || columns.status === undefined) return row;
      return { ...row, status: columns.status.parse(row.status) };
    },
    letter: async (orderId) => {
      const text = 'SELECT state FROM messages WHERE order_id = $1';
      const [row] = await database.query<{ state: Letter['state'] }>({ name: 'letter', text, values: [orderId] });
      return row;
    },
  };
}
