import { Client } from 'pg';
import type { Queries } from '../kit/database';
import type { DefectName } from '../kit/defect-names';
import { HttpError } from '../kit/http-error';
import type { Ledger } from './ledger';

/** Any number: it is taken by nobody else. */
const LOCK = 7_061;

export interface OrdersDefect {
  readonly ledger: Ledger;
  readonly isReady: () => boolean;
}

/** The defects that need what `orders` has: its tables, and the company of its other replicas. */
export function ordersDefect(
  name: DefectName,
  parts: { readonly ledger: Ledger; readonly database: Queries; readonly databaseUrl: string },
): OrdersDefect {
  const good: OrdersDefect = { ledger: parts.ledger, isReady: () => true };
  switch (name) {
    case 'lacks-migration':
      return { ...good, ledger: lackingMigration(parts) };
    case 'loses-sessions':
      return { ...good, ledger: forgetful(parts.ledger) };
    case 'one-bad-replica':
      return { ...good, ledger: failingWhere(firstReplica(parts.databaseUrl), parts.ledger) };
    case 'one-bad-place':
      return { ...good, ledger: failingWhere(firstEver(parts.databaseUrl), parts.ledger) };
    case 'one-replica-only': {
      const isFirst = firstReplica(parts.databaseUrl);
      return { ...good, isReady: isFirst };
    }
    default:
      return good;
  }
}

/** Reads a column that a migration was to add, and that is not there. */
function lackingMigration({ ledger, database }: { readonly ledger: Ledger; readonly database: Queries }): Ledger {
  return {
    ...ledger,
    find: async (orderId) => {
      await database.query({ text: 'select gift_note from orders where id = $1', values: [orderId] });
      return ledger.find(orderId);
    },
  };
}

/** Knows only the orders that it has stored itself, as what keeps its customers' sessions in its own memory. */
function forgetful(ledger: Ledger): Ledger {
  const own = new Set<string>();
  return {
    ...ledger,
    store: async (order) => {
      own.add(order.id);
      return ledger.store(order);
    },
    find: async (orderId) => (own.has(orderId) ? ledger.find(orderId) : undefined),
  };
}

function failingWhere(isBad: () => boolean, ledger: Ledger): Ledger {
  return {
    ...ledger,
    find: async (orderId) => {
      if (isBad()) throw new HttpError(500, 'internal', 'the request could not be handled');
      return ledger.find(orderId);
    },
  };
}

/** Says whether this replica was the first to come of all that this database has seen, once it is known: what comes in its place is not. */
function firstEver(databaseUrl: string): () => boolean {
  let isFirst = false;
  const client = new Client({ connectionString: databaseUrl, application_name: 'replica-count' });
  client.on('error', () => process.exit(1));
  const count = async (): Promise<void> => {
    await client.connect();
    // Two that create it at once: the lock ends with the connection.
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('create sequence if not exists replicas_seen');
    const { rows } = await client.query<{ seen: string }>("select nextval('replicas_seen') as seen");
    isFirst = rows[0]?.seen === '1';
    await client.end();
  };
  void count();
  return () => isFirst;
}

/** Says whether this replica was the first of its revision to come, once it is known: who holds a lock of the database is. */
function firstReplica(databaseUrl: string): () => boolean {
  let isFirst = false;
  const client = new Client({ connectionString: databaseUrl, application_name: 'replica-lock' });
  client.on('error', () => process.exit(1));
  void client
    .connect()
    .then(() => client.query<{ first: boolean }>('select pg_try_advisory_lock($1) as first', [LOCK]))
    .then(({ rows }) => {
      isFirst = rows[0]?.first === true;
    });
  return () => isFirst;
}
