import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Asks the shop's database. */
export async function query(database: Address, sql: string): Promise<readonly string[]> {
  const password = process.env['POSTGRES_PASSWORD'] || 'shop';
  const client = new Client({ ...database, user: 'shop', password, database: 'shop' });
  await client.connect();
  try {
    const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
    return rows.map(([value]) => String(value));
  } finally {
    await client.end();
  }
}

/** Waits until the release that writes the channel of an order has written so many, for at most so long. */
export async function awaitOrders(database: Address, wanted: number, withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const [count] = await query(database, "select count(*) from orders where channel = 'web'");
    if (Number(count) >= wanted) return;
    if (performance.now() > endMs) throw new Error(`${count} of ${wanted} orders within ${withinMs} ms`);
    await sleep(1_000);
  }
}

const AT_ONCE = 16;

/** The orders that the shop does not answer, whole, when it is asked for each. */
export async function unreadOf({ host, port }: Address, ids: readonly string[]): Promise<readonly string[]> {
  const left = [...ids];
  const unread: string[] = [];
  const reader = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const response = await fetch(`http://${host}:${port}/orders/${id}`);
      const order = (await response.json().catch(() => undefined)) as { id?: unknown; items?: unknown } | undefined;
      if (response.status !== 200 || order?.id !== id || !Array.isArray(order.items)) unread.push(id);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  return unread;
}
