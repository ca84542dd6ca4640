import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';

// Bringing ten containers up and down, with room for a busy machine.
jest.setTimeout(120_000);

const run = promisify(execFile);
const PROJECT = `shop-test-${process.pid}`;
const EPHEMERAL_PORTS = {
  GATEWAY_PORT: '0',
  POSTGRES_PORT: '0',
  POSTGRES_PASSWORD: 'shop',
  PROMETHEUS_PORT: '0',
  ALERTMANAGER_PORT: '0',
  JAEGER_PORT: '0',
  PAGER_PORT: '0',
  // Each trace is kept, so that one request is enough to find one.
  OTEL_TRACES_SAMPLER_ARG: '1',
};

async function compose(...args: string[]): Promise<string> {
  const file = join(__dirname, '..', 'compose.yaml');
  const { stdout } = await run('docker', ['compose', '-p', PROJECT, '-f', file, ...args], {
    env: { ...process.env, ...EPHEMERAL_PORTS },
  });
  return stdout.trim();
}

async function urlOf(service: string, port: number): Promise<string> {
  return `http://${await compose('port', service, String(port))}`;
}

/** Node closes an idle connection after 5 s by default: a request that comes just then is lost, and a POST is not sent again. */
const IDLE_MS = 5_000;
const JITTER_MS = 100;
const POSTS_AFTER_IDLE = 2;

/** The status, or 0 without an answer. */
function post(agent: Agent, url: string, key: string, body: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return new Promise((resolve) => {
    const sending = request(url, { agent, method: 'POST', headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    sending.on('error', () => resolve(0));
    sending.end(JSON.stringify(body));
  });
}

/** Asks until `accept` takes the answer, for at most 20 s; the last answer is in the error. */
async function eventually<Value>(ask: () => Promise<Value>, accept: (value: Value) => boolean): Promise<Value> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const value = await ask();
    if (accept(value)) return value;
    if (performance.now() > deadline) throw new Error(`not within 20 s: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

describe('the shop by plain compose', () => {
  let gateway: string;
  let database: Client;

  beforeAll(async () => {
    // Whoever cuts this test off finds the project there.
    const projects = process.env['ROLLPROOF_TEST_PROJECTS'];
    if (projects !== undefined) appendFileSync(projects, `${PROJECT}\n`);
    await compose('up', '--detach', '--wait', '--wait-timeout', '90');
    gateway = await urlOf('gateway', 8080);
    const { hostname: host, port } = new URL(await urlOf('postgres', 5432));
    database = new Client({ host, port: Number(port), user: 'shop', password: 'shop', database: 'shop' });
    await database.connect();
  });

  afterAll(async () => {
    // Undefined when the stack never came up.
    await (database as Client | undefined)?.end().catch(() => undefined);
    await compose('down', '--volumes', '--timeout', '5');
  });

  const checkout = (key: string | undefined, body: unknown): Promise<Response> =>
    fetch(`${gateway}/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const teaPots = (quantity: number): unknown => ({ items: [{ productId: 'tea-pot', quantity }] });
  const count = async (sql: string): Promise<number> => {
    const { rows } = await database.query<{ count: string }>(`SELECT count(*) FROM ${sql}`);
    return Number(rows[0]?.count);
  };

  it('lists products', async () => {
    const response = await fetch(`${gateway}/products`);
    const products = (await response.json()) as unknown[];
    expect([response.status, products.length]).toEqual([200, 11]);
  });

  it('stores an order, charges it and takes it from stock', async () => {
    const response = await checkout('first', teaPots(2));
    expect(response.status).toBe(201);
    const { id } = (await response.json()) as { id: string };
    expect(await (await fetch(`${gateway}/orders/${id}`)).json()).toMatchObject({ id, amountCents: 6_800 });
    expect(await count(`charges WHERE order_key = 'first' AND status = 'charged' AND amount_cents = 6800`)).toBe(1);
    expect(await count(`reservations WHERE order_key = 'first' AND status = 'held'`)).toBe(1);
    expect(await count(`products WHERE id = 'tea-pot' AND stock = 10000000 - 2`)).toBe(1);
  });

  it('has one order for a key that is sent ten times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => checkout('again', teaPots(1))));
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(ids).size).toBe(1);
    expect(await count(`orders WHERE idempotency_key = 'again'`)).toBe(1);
    expect(await count(`charges WHERE order_key = 'again'`)).toBe(1);
  });

  it.each<[string, string | undefined, unknown, number, string]>([
    ['a missing idempotency key', undefined, teaPots(1), 400, 'idempotency-key-required'],
    ['bad JSON', 'bad-json', '{"items":', 400, 'bad-json'],
    ['no items', 'no-items', { items: [] }, 400, 'bad-request'],
    ['a body over the limit', 'too-large', 'x'.repeat(1_000_000), 413, 'body-too-large'],
    ['a product id with a NUL', 'nul', { items: [{ productId: 'tea\0pot', quantity: 1 }] }, 400, 'bad-request'],
    ['half of a surrogate pair', 'half-a-pair', { items: [{ productId: '\ud83c', quantity: 1 }] }, 400, 'bad-request'],
    ['an unknown product', 'unknown', { items: [{ productId: 'nothing', quantity: 1 }] }, 422, 'unknown-product'],
    ['a product that is sold out', 'sold', { items: [{ productId: 'sold-out', quantity: 1 }] }, 409, 'out-of-stock'],
    ['a key that was used for other items', 'first', teaPots(9), 422, 'key-reused'],
  ])('answers %s with a 4xx', async (_, key, body, status, code) => {
    const response = await checkout(key, body);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
  });

  it.each([
    ['/nothing', 404],
    ['/orders/not-an-id', 404],
    ['/orders/0b7e3a52-3f0f-4c58-9d3e-000000000001', 404],
    ['/orders/%zz', 400],
  ])('answers GET %s with %i', async (path, status) => {
    expect((await fetch(`${gateway}${path}`)).status).toBe(status);
  });

  it('keeps nothing of a checkout that did not come about', async () => {
    await checkout('half', {
      items: [
        { productId: 'milk-jug', quantity: 1 },
        { productId: 'sold-out', quantity: 1 },
      ],
    });
    expect(await count(`products WHERE id = 'milk-jug' AND stock = 10000000`)).toBe(1);
    expect(await count(`checkouts WHERE idempotency_key = 'half'`)).toBe(0);
  });

  it('carries one request id and one trace through all services', async () => {
    const requestId = 'docker-test:1';
    const headers = { 'idempotency-key': 'traced', 'x-request-id': requestId };
    await fetch(`${gateway}/checkout`, { method: 'POST', headers, body: JSON.stringify(teaPots(1)) });
    const logged = async (): Promise<{ service: string; traceId: string }[]> =>
      (await compose('logs', '--no-log-prefix', 'gateway', 'orders', 'inventory', 'payments', 'bank'))
        .split('\n')
        .filter((line) => line.includes(`"requestId":"${requestId}"`))
        // Some versions of Compose write a terminal sequence before each line.
        .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as { service: string; traceId: string });
    const lines = await eventually(logged, (found) => found.length === 5);
    expect(new Set(lines.map(({ traceId }) => traceId)).size).toBe(1);
    for (const line of lines) {
      expect(line).toMatchObject({
        time: expect.any(String),
        level: 'info',
        service: expect.any(String),
        revision: expect.any(String),
        requestId,
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        msg: 'request',
        route: expect.stringMatching(/^\//),
        status: expect.any(Number),
        durationMs: expect.any(Number),
      });
    }
    const jaeger = await urlOf('jaeger', 16686);
    const spans = async (): Promise<number> => {
      const response = await fetch(`${jaeger}/api/traces/${lines[0]?.traceId}`);
      const { data } = (await response.json()) as { data: { processes: object }[] | null };
      return Object.keys(data?.[0]?.processes ?? {}).length;
    };
    await eventually(spans, (services) => services === 5);
  });

  it('is scraped by Prometheus', async () => {
    const prometheus = await urlOf('prometheus', 9090);
    const up = async (): Promise<unknown[]> => {
      const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent('up{job="services"} == 1')}`);
      return ((await response.json()) as { data: { result: unknown[] } }).data.result;
    };
    expect(await eventually(up, (found) => found.length === 5)).toHaveLength(5);
  });

  it('runs without privileges, and all but Jaeger with a health check', async () => {
    const ids = (await compose('ps', '--quiet')).split('\n');
    const { stdout } = await run('docker', ['inspect', ...ids]);
    const containers = JSON.parse(stdout) as {
      Name: string;
      Config: { User: string; Labels: Record<string, string>; Healthcheck?: { Test?: string[] } };
      HostConfig: {
        ReadonlyRootfs: boolean;
        CapDrop: string[];
        SecurityOpt: string[];
        Memory: number;
        NanoCpus: number;
      };
      NetworkSettings: { Ports: Record<string, { HostIp: string }[] | null> };
    }[];
    expect(containers).toHaveLength(12);
    const unchecked = containers.filter(({ Config }) => (Config.Healthcheck?.Test?.[0] ?? 'NONE') === 'NONE');
    expect(unchecked.map(({ Config }) => Config.Labels['com.docker.compose.service'])).toEqual(['jaeger']);
    for (const { Name, Config, HostConfig, NetworkSettings } of containers) {
      const addresses = Object.values(NetworkSettings.Ports).flatMap((ports) =>
        (ports ?? []).map(({ HostIp }) => HostIp),
      );
      expect({ Name, user: Config.User }).toEqual({ Name, user: expect.stringMatching(/^[1-9]/) });
      expect([Name, HostConfig.ReadonlyRootfs, HostConfig.CapDrop]).toEqual([Name, true, ['ALL']]);
      expect([Name, HostConfig.SecurityOpt.includes('no-new-privileges:true')]).toEqual([Name, true]);
      expect([Name, HostConfig.Memory > 0 && HostConfig.NanoCpus > 0]).toEqual([Name, true]);
      expect([Name, addresses.every((address) => address === '127.0.0.1')]).toEqual([Name, true]);
    }
  });

  it('loses none of 200 POSTs that each come 5 s after the last on their connection', async () => {
    const customer = async (name: string): Promise<number[]> => {
      // One connection a customer, kept: `fetch` closes its own after 4 s.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const statuses: number[] = [];
      for (let index = 0; index <= POSTS_AFTER_IDLE; index += 1) {
        if (index > 0) await sleep(IDLE_MS - JITTER_MS + 2 * JITTER_MS * Math.random());
        statuses.push(await post(agent, `${gateway}/checkout`, `${name}-${index}`, teaPots(1)));
      }
      agent.destroy();
      return statuses.slice(1);
    };
    const customers = Array.from({ length: 200 / POSTS_AFTER_IDLE }, (_, index) => customer(`idle-${index}`));
    const statuses = (await Promise.all(customers)).flat();
    expect(statuses).toEqual(Array.from({ length: 200 }, () => 201));
  });

  it('answers 503, keeps nothing and comes back when a dependency is away', async () => {
    await compose('kill', 'payments');
    const response = await checkout('outage', teaPots(1));
    expect([502, 503]).toContain(response.status);
    await compose('start', 'payments');
    const answer = await eventually(
      () => checkout('outage', teaPots(1)),
      ({ status }) => status === 201,
    );
    expect(answer.status).toBe(201);
    await eventually(
      () => count(`checkouts WHERE state <> 'stored'`),
      (unfinished) => unfinished === 0,
    );
    expect(await count('orders')).toBe(await count(`charges WHERE status = 'charged'`));
    expect(await count('orders')).toBe(await count(`reservations WHERE status = 'held'`));
  });

  it('survives the death of its database without a 500, and without a restart of its own', async () => {
    let over = false;
    const statuses: number[] = [];
    const customer = async (name: string): Promise<void> => {
      for (let index = 0; !over; index += 1) statuses.push((await checkout(`${name}-${index}`, teaPots(1))).status);
    };
    const customers = Array.from({ length: 8 }, (_, index) => customer(`customer-${index}`));
    await eventually(
      async () => statuses.length,
      (answers) => answers > 50,
    );
    await database.end().catch(() => undefined);
    await compose('kill', 'postgres');
    await eventually(
      async () => statuses.at(-1),
      (status) => status === 503 || status === 502,
    );
    await compose('start', 'postgres');
    await eventually(
      async () => statuses.at(-1),
      (status) => status === 201,
    );
    over = true;
    await Promise.all(customers);
    expect(statuses.filter((status) => status !== 201 && (status < 502 || status > 504))).toEqual([]);
    const ids = (await compose('ps', '--all', '--quiet', 'orders', 'inventory', 'payments')).split('\n');
    const { stdout } = await run('docker', ['inspect', '--format', '{{.RestartCount}}', ...ids]);
    expect(stdout.trim().split('\n')).toEqual(['0', '0', '0']);
  });

  it('ends with 0 within the grace time', async () => {
    await compose('stop', 'gateway', 'orders', 'inventory', 'payments', 'bank');
    const ids = (await compose('ps', '--all', '--quiet', 'gateway', 'orders', 'inventory', 'payments', 'bank')).split(
      '\n',
    );
    const { stdout } = await run('docker', ['inspect', '--format', '{{.State.ExitCode}}', ...ids]);
    expect(stdout.trim().split('\n')).toEqual(['0', '0', '0', '0', '0']);
  });
});
