import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { GenericContainer, Network, type StartedNetwork, type StartedTestContainer } from 'testcontainers';
import { poll } from '../../harness/core/poll';
import { engine } from '../../harness/docker/client';
import { LABEL } from '../../harness/docker/labels';
import { readSupply, supplied } from '../../harness/docker/supply';
import { useOurEngine } from '../../harness/docker/testing/our-engine';
import { testProject } from '../../harness/docker/testing/test-projects';
import { staleEffects } from '../../harness/load/stale-effects';
import type { FencedEffect } from '../../harness/contract/config';

// A database and two workers at a time, with room for a busy machine.
jest.setTimeout(180_000);

/** What is done within a second on an idle machine has this long on a busy one. */
const DONE_MS = 60_000;
const POSTGRES = process.env['IMAGE_POSTGRES'] ?? supplied(readSupply(), 'postgres');
const LABELS = { [LABEL.project]: testProject('rp-workers-tests'), [LABEL.role]: 'helper' };
const DATABASE_URL = 'postgres://shop:shop@postgres:5432/shop';

let network: StartedNetwork;
let postgres: StartedTestContainer;
let database: Client;
const workers: StartedTestContainer[] = [];

beforeAll(async () => {
  useOurEngine();
  // In a machine with /.dockerenv it would look for published ports on the bridge.
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
  network = await new Network().start();
  const schema = join(__dirname, '..', 'services', 'database');
  postgres = await new GenericContainer(POSTGRES)
    .withNetwork(network)
    .withNetworkAliases('postgres')
    .withLabels(LABELS)
    .withEnvironment({ POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'shop', POSTGRES_DB: 'shop' })
    .withCopyDirectoriesToContainer([{ source: schema, target: '/docker-entrypoint-initdb.d' }])
    .withExposedPorts(5432)
    .start();
  database = await poll(connected, { condition: 'the tables of the shop are there', timeoutMs: DONE_MS });
});

beforeEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await database.query('truncate messages, letters, attempts, pages');
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await database.end();
  await postgres.stop();
  await network.stop();
});

/** Once over TCP: while the tables are being made the server listens on its socket only. */
async function connected(): Promise<Client | undefined> {
  const port = postgres.getMappedPort(5432);
  const client = new Client({ host: '127.0.0.1', port, user: 'shop', password: 'shop', database: 'shop' });
  return client.connect().then(
    () => client,
    () => undefined,
  );
}

async function start(
  image: string,
  revision: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<StartedTestContainer> {
  const worker = await new GenericContainer(image)
    .withNetwork(network)
    .withLabels(LABELS)
    .withEnvironment({ DATABASE_URL, DRAIN_MS: '0', ROLLPROOF_REVISION: revision, ...environment })
    .start();
  workers.push(worker);
  return worker;
}

async function number(sql: string): Promise<number> {
  const { rows } = await database.query<[unknown]>({ text: sql, rowMode: 'array' });
  return Number(rows[0]?.[0]);
}

/** Messages that are in somebody's hands: they are waiting, and nobody else can have them. */
async function inWork(): Promise<number> {
  const free = "select id from messages where state = 'waiting' for update skip locked";
  return number(
    `with free as (${free}) select (select count(*) from messages where state = 'waiting') - count(*) from free`,
  );
}

async function send(count: number): Promise<void> {
  const text = `insert into messages (order_id, order_key, body)
                select gen_random_uuid(), 'key-' || n, '{"letter": "test"}' from generate_series(1, $1) as n`;
  await database.query({ text, values: [count] });
}

async function until(condition: string, is: () => Promise<boolean>): Promise<void> {
  await poll(async () => ((await is()) ? true : undefined), { condition, timeoutMs: DONE_MS, intervalMs: 20 });
}

/** Sends the signal; the exit code once the container has ended. */
async function ended(worker: StartedTestContainer, signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
  const container = engine().getContainer(worker.getId());
  await container.kill({ signal });
  const { StatusCode: exitCode } = (await container.wait()) as { StatusCode: number };
  return exitCode;
}

/** What became of each message: its state, and how many letters and attempts it has. */
async function states(): Promise<readonly unknown[]> {
  const { rows } = await database.query<object>(
    `select state, (select count(*)::int from letters where message_id = messages.id) as letters,
       (select count(*)::int from attempts where message_id = messages.id) as attempts, count(*)::int as messages
     from messages group by 1, 2, 3 order by 1`,
  );
  return rows;
}

it('finishes the messages in work when it is told to stop, and leaves the others to the next one', async () => {
  const mailer = await start('shop/mailer:good', 'mailer-r1', { SEND_MS: '800', AT_ONCE: '3' });
  await send(8);
  await until('three messages are in work', async () => (await inWork()) === 3);
  const before = await number("select count(*) from messages where state = 'done'");
  expect(await ended(mailer, 'SIGTERM')).toBe(0);
  const after = await number("select count(*) from messages where state = 'done'");
  expect(after - before).toBe(3);
  await start('shop/mailer:next', 'mailer-r2', { AT_ONCE: '3' });
  await until('all are done', async () => (await number("select count(*) from messages where state <> 'done'")) === 0);
  expect(await states()).toEqual([{ state: 'done', letters: 1, attempts: 1, messages: 8 }]);
});

it.each([
  ['SIGTERM', 'takes longer than it is given to stop'],
  ['SIGKILL', 'is killed'],
] as const)(
  'gives the messages in work back where %s comes and it %s, and none has two letters',
  async (signal, _why) => {
    const mailer = await start('shop/mailer:good', 'mailer-r1', { SEND_MS: '2800', AT_ONCE: '2' });
    await send(2);
    await until('both messages are in work', async () => (await inWork()) === 2);
    await ended(mailer, signal);
    await until('nobody has them', async () => (await inWork()) === 0);
    expect(await states()).toEqual([{ state: 'waiting', letters: 0, attempts: 0, messages: 2 }]);
    await start('shop/mailer:next', 'mailer-r2');
    await until(
      'all are done',
      async () => (await number("select count(*) from messages where state <> 'done'")) === 0,
    );
    expect(await states()).toEqual([{ state: 'done', letters: 1, attempts: 1, messages: 2 }]);
  },
);

const pagesOf = (revision: string) => number(`select count(*) from pages where revision = '${revision}'`);

async function stale(): Promise<readonly string[]> {
  const { rows } = await database.query<FencedEffect>('select token::int, holder from pages order by id');
  return staleEffects(rows);
}

it('writes nothing any more once a second singleton has begun, although the first one runs on', async () => {
  const first = await start('shop/bookkeeper:good', 'bookkeeper-r1', { PAGE_EVERY_MS: '10' });
  await until('the first one writes', async () => (await pagesOf('bookkeeper-r1')) >= 20);
  await start('shop/bookkeeper:next', 'bookkeeper-r2', { PAGE_EVERY_MS: '10' });
  await until('the second one writes', async () => (await pagesOf('bookkeeper-r2')) >= 50);
  const { State: state } = await engine().getContainer(first.getId()).inspect();
  expect(state.Running).toBe(true);
  expect(await stale()).toEqual([]);
  expect(await number('select count(*) - count(distinct number) from pages')).toBe(0);
});

it('is found out where it does not look at the token', async () => {
  await start('shop/bookkeeper:unfenced', 'bookkeeper-r1', { PAGE_EVERY_MS: '10' });
  await until('both of its clerks write', async () => (await number('select count(distinct token) from pages')) === 2);
  await until('the first one goes on', async () => (await stale()).length > 0);
});
