import { existsSync } from 'node:fs';
import { Client, type QueryConfig, type QueryResultRow } from 'pg';
import {
  canary,
  defineStack,
  edge,
  errorRate,
  latencyAbove,
  sqlOutcomes,
  worker,
  type FencedEffect,
  type MessageOutcome,
  type MessageTally,
  type CheckedResponse,
  type StackAccess,
} from '../harness';
import { supplied } from './supplied';

/** Where Debian and Ubuntu keep it. A network that intercepts TLS is known to the host, never to a container. */
const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

const PRODUCTS = ['espresso-cup', 'tea-pot', 'coffee-mill', 'milk-jug', 'water-glass', 'sugar-bowl', 'cake-plate'];

/** An order as the shop answers it: by its id alone, or whole. */
const order = ({ json }: CheckedResponse): string | undefined =>
  typeof (json() as { id?: unknown } | null)?.id === 'string' ? undefined : 'no order id';

const products = ({ json }: CheckedResponse): string | undefined => {
  const list = json();
  return Array.isArray(list) && list.length > 0 ? undefined : 'no products';
};

const found = ({ json }: CheckedResponse): string | undefined =>
  Array.isArray((json() as { products?: unknown } | null)?.products) ? undefined : 'no products';

const sent = ({ json }: CheckedResponse): string | undefined => {
  const { state } = (json() ?? {}) as { state?: unknown };
  return state === 'done' ? undefined : `its message is ${String(state)}`;
};

/** Of npm: from its cache where that has it. */
const QUICKLY = '--prefer-offline --no-audit --no-fund';

export const config = defineStack({
  name: 'shop',
  composeFiles: ['compose.yaml'],
  managed: {
    gateway: { port: 8080, readiness: '/readyz', metrics: '/metrics' },
    orders: { port: 8080, readiness: '/readyz', metrics: '/metrics' },
    inventory: { port: 8080, readiness: '/readyz', metrics: '/metrics' },
    payments: { port: 8080, readiness: '/readyz', metrics: '/metrics' },
    bank: { port: 8080, readiness: '/readyz', metrics: '/metrics' },
  },
  // One message an order; what became of each attempt at one is a row.
  workers: {
    mailer: worker({
      outcomes: sqlOutcomes({
        says: 'the table attempts',
        rows: async (access, since) =>
          ask<MessageOutcome>(access, {
            text: `select id::text, revision, outcome, took_ms::float8 as "tookMs", coalesce(reason, '') as reason,
                     extract(epoch from ended_at)::float8 * 1000 as "endedAtMs"
                   from attempts where ended_at >= $1 order by ended_at`,
            values: [since],
          }),
      }),
    }),
    // One that may not run twice: what it wrote under a token that another one had overtaken is as bad as what it failed to write.
    bookkeeper: worker({
      singleton: true,
      outcomes: sqlOutcomes({
        says: 'the table pages',
        rows: async (access, since) =>
          ask<MessageOutcome>(access, {
            text: `select * from (
                     select id::text, revision, extract(epoch from written_at)::float8 * 1000 as "endedAtMs",
                       case when token < max(token) over (order by id) then 'dead' else 'ack' end as outcome, written_at
                     from pages) as each where written_at >= $1 order by written_at`,
            values: [since],
          }),
      }),
    }),
  },
  edges: { bank: edge('payments', 'bank') },
  // A 200 alone is no right answer: each kind of request says what is. Services pass `x-request-id` on, and so a wrong answer is known to
  // be of the revision that handled it. Four of five requests pass `orders`: 120 of 150 a second.
  load: {
    service: 'gateway',
    port: 8080,
    ratePerSecond: 150,
    requests: {
      browse: {
        weight: 1,
        passes: ['gateway', 'inventory'],
        check: products,
        build: () => ({ method: 'GET', path: '/products' }),
      },
      look: {
        weight: 3,
        passes: ['gateway', 'orders'],
        check: (response, { path }) => (path === '/products' ? products(response) : order(response)),
        build: ({ random, acknowledged }) =>
          acknowledged.length === 0
            ? { method: 'GET', path: '/products' }
            : { method: 'GET', path: `/orders/${random.pick(acknowledged)}` },
      },
      // Of `skew` alone: a search that nobody has made before, and the same once more; a cart, which is in a cookie.
      search: {
        weight: 0,
        passes: ['gateway', 'inventory'],
        check: found,
        build: ({ requestId }) => ({ method: 'GET', path: `/search/${encodeURIComponent(requestId)}` }),
      },
      searchAgain: {
        weight: 0,
        passes: ['gateway', 'inventory'],
        check: found,
        build: ({ acknowledged }) => ({ method: 'GET', path: `/search/${encodeURIComponent(acknowledged[0] ?? '')}` }),
      },
      // What the mailer made of the message that an order leaves.
      letter: {
        weight: 0,
        passes: ['gateway', 'orders'],
        check: sent,
        build: ({ acknowledged }) => ({ method: 'GET', path: `/orders/${acknowledged[0] ?? ''}/letter` }),
      },
      fillCart: {
        weight: 0,
        passes: ['gateway'],
        build: () => ({ method: 'PUT', path: '/cart', body: { items: [{ productId: 'tea-pot', quantity: 2 }] } }),
      },
      cart: {
        weight: 0,
        passes: ['gateway'],
        check: ({ body }) => (body.includes('tea-pot') ? undefined : 'an empty cart'),
        build: () => ({ method: 'GET', path: '/cart' }),
      },
      checkout: {
        weight: 1,
        passes: ['gateway', 'orders', 'inventory', 'payments', 'bank'],
        expectedStatuses: [200, 201],
        check: order,
        build: ({ random, requestId }) => ({
          method: 'POST',
          path: '/checkout',
          key: requestId,
          headers: { 'idempotency-key': requestId },
          body: { items: [{ productId: random.pick(PRODUCTS), quantity: 1 + random.integer(3) }] },
        }),
      },
    },
  },
  // What one release leaves behind, and the other has to understand; both ways, before a release has a user.
  skew: {
    order: { write: 'checkout', read: 'look' },
    search: { write: 'search', read: 'searchAgain' },
    cart: { write: 'fillCart', read: 'cart' },
    // Some milliseconds; a message that could not be read is tried again after 200 ms.
    message: { write: 'checkout', read: 'letter', withinMs: 10_000 },
  },
  alerts: [
    errorRate({
      name: 'HighErrorRate',
      of: ['gateway', 'orders'],
      above: 0.05,
      forMs: 300_000,
      severity: 'page',
      owner: 'team-orders',
      runbook: 'stack/runbooks/high-error-rate.md',
    }),
    // A checkout takes some 40 ms, and waits another 200 for a bank that is slow: neither is a page. One request in five is one.
    latencyAbove({
      name: 'SlowAnswers',
      of: ['gateway'],
      slowerThanMs: 500,
      above: 0.1,
      forMs: 300_000,
      severity: 'page',
      owner: 'team-orders',
      runbook: 'stack/runbooks/slow-answers.md',
    }),
  ],
  observability: {
    prometheus: { service: 'prometheus', port: 9090 },
    alertmanager: { service: 'alertmanager', port: 9093 },
    jaeger: { service: 'jaeger', port: 16686 },
    pager: { service: 'pager', port: 8080 },
    configDir: 'observability',
  },
  releases: {
    service: 'orders',
    good: ['shop/orders:good', 'shop/orders:next'],
    bad: 'shop/orders:errors',
    // A few checkouts make the orders that the reads look at.
    readLoad: { ratePerSecond: 310, weights: { look: 30, checkout: 1 } },
    worker: {
      service: 'mailer',
      good: ['shop/mailer:good', 'shop/mailer:next'],
      bad: 'shop/mailer:errors',
      send: async (access, count) => {
        const text = `insert into messages (order_id, order_key, body)
                      select gen_random_uuid(), 'bench-' || gen_random_uuid(), '{"letter": "bench"}' from generate_series(1, $1)`;
        await ask(access, { text, values: [count] });
      },
      tally: async (access) => {
        const [tally] = await ask<MessageTally>(access, {
          text: `select count(*) filter (where state = 'waiting')::int as waiting,
                   count(*) filter (where state = 'done')::int as done,
                   count(*) filter (where state = 'dead')::int as dead,
                   count(*) filter (where state = 'done' and had is null)::int as lost,
                   count(*) filter (where had > 1)::int as doubled
                 from messages
                 left join (select message_id, count(*) as had from letters group by message_id) as each on message_id = id
                 where order_key like 'bench-%'`,
        });
        return tally ?? { waiting: 0, done: 0, dead: 0, lost: 0, doubled: 0 };
      },
    },
  },
  // A push of this repository to a bare one: docs/pipeline.md.
  pipeline: {
    build: `npm ci ${QUICKLY} && npm ci --prefix stack/services ${QUICKLY}`,
    unitTests: 'npx jest stack/services --selectProjects unit',
    integrationTests: `IMAGE_POSTGRES=${supplied('postgres', 'postgres:17.12')} npx jest stack/integration --selectProjects docker`,
    services: {
      orders: {
        context: 'stack/services',
        args: { SERVICE: 'orders', NODE_IMAGE: supplied('node', 'node:24.21.0-trixie-slim') },
        secrets: existsSync(CA_BUNDLE) ? { ca: CA_BUNDLE } : {},
      },
    },
    strategy: canary({ steps: [20, 50, 100], riseToDetect: 0.1, minReadyMs: 2_000, bakeMs: 5_000 }),
    load: true,
  },
  reconciliation: {
    acknowledgedBy: 'checkout',
    stored: (access) => column(access, 'select idempotency_key as key from orders'),
    effects: {
      charges: (access) => column(access, "select order_key as key from charges where status = 'charged'"),
    },
    owed: {
      letters: (access) => column(access, 'select order_key as key from letters'),
    },
    fenced: {
      pages: (access) => ask<FencedEffect>(access, { text: 'select token::int, holder from pages order by id' }),
    },
  },
});

async function column(access: StackAccess, sql: string): Promise<string[]> {
  return (await ask<{ key: string }>(access, { text: sql })).map(({ key }) => key);
}

async function ask<Row extends QueryResultRow>(access: StackAccess, query: QueryConfig): Promise<Row[]> {
  const { host, port } = await access.endpoint('postgres', 5432);
  // An empty variable counts as not set, as in compose.yaml.
  const password = process.env['POSTGRES_PASSWORD'] || 'shop';
  const client = new Client({ host, port, user: 'shop', password, database: 'shop' });
  await client.connect();
  try {
    return (await client.query<Row>(query)).rows;
  } finally {
    await client.end();
  }
}
