import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { GenericContainer, Network, type StartedNetwork, type StartedTestContainer } from 'testcontainers';
import { LABEL } from '../../harness/docker/labels';
import { readSupply, supplied } from '../../harness/docker/supply';
import { useOurEngine } from '../../harness/docker/testing/our-engine';
import { testProject } from '../../harness/docker/testing/test-projects';

// Five containers, with room for a busy machine.
jest.setTimeout(120_000);

/** What a pipeline has built and tests; else what setup has. */
const ORDERS = process.env['ROLLPROOF_IMAGE_ORDERS'] ?? 'shop/orders:good';
const POSTGRES = process.env['IMAGE_POSTGRES'] ?? supplied(readSupply(), 'postgres');
const LABELS = { [LABEL.project]: testProject('rp-orders-tests'), [LABEL.role]: 'helper' };
const DATABASE_URL = 'postgres://shop:shop@postgres:5432/shop';

const started: StartedTestContainer[] = [];
let network: StartedNetwork;
let orders: string;

beforeAll(async () => {
  useOurEngine();
  // In a machine with /.dockerenv it would look for published ports on the bridge.
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
  network = await new Network().start();
  const schema = join(__dirname, '..', 'services', 'database');
  await start(POSTGRES, 'postgres', 5432, (container) =>
    container
      .withEnvironment({ POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'shop', POSTGRES_DB: 'shop' })
      .withCopyDirectoriesToContainer([{ source: schema, target: '/docker-entrypoint-initdb.d' }]),
  );
  await service('bank', 'shop/bank:good', {});
  await service('inventory', 'shop/inventory:good', { DATABASE_URL });
  await service('payments', 'shop/payments:good', { DATABASE_URL, BANK_URL: 'http://bank:8080' });
  const partners = { INVENTORY_URL: 'http://inventory:8080', PAYMENTS_URL: 'http://payments:8080' };
  orders = await service('orders', ORDERS, { DATABASE_URL, ...partners });
});

afterAll(async () => {
  for (const container of started.reverse()) await container.stop();
  await network.stop();
});

async function start(
  image: string,
  name: string,
  port: number,
  more: (container: GenericContainer) => GenericContainer,
): Promise<StartedTestContainer> {
  const container = new GenericContainer(image).withNetwork(network).withNetworkAliases(name).withLabels(LABELS);
  const running = await more(container).withExposedPorts(port).start();
  started.push(running);
  return running;
}

/** Its address, once it is ready. */
async function service(name: string, image: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const running = await start(image, name, 8080, (container) => container.withEnvironment({ ...environment }));
  const address = `http://127.0.0.1:${running.getMappedPort(8080)}`;
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await fetch(`${address}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return address;
    if (performance.now() > deadline) throw new Error(`${name} is not ready: ${await answer?.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function order(key: string, productId = 'espresso-cup'): Promise<Response> {
  return fetch(`${orders}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ items: [{ productId, quantity: 2 }] }),
  });
}

it('stores an order before it acknowledges it, and finds it again', async () => {
  const answer = await order('first');
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  const found = await fetch(`${orders}/orders/${id}`);
  expect(found.status).toBe(200);
  expect(await found.json()).toMatchObject({ id });
});

it('takes the same order twice for one', async () => {
  const [one, two] = [await order('twice'), await order('twice')];
  expect([one.status, two.status]).toEqual([201, 201]);
  expect(await one.json()).toEqual(await two.json());
});

it('knows no order that nobody made, and refuses what nobody sells', async () => {
  expect((await fetch(`${orders}/orders/00000000-0000-4000-8000-000000000000`)).status).toBe(404);
  expect((await order('unknown', 'no-such-thing')).status).toBeGreaterThanOrEqual(400);
});
