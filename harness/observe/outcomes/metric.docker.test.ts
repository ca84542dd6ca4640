import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { GenericContainer, Network, type StartedNetwork, type StartedTestContainer } from 'testcontainers';
import type { MessageOutcome, OutcomeReader } from '../../contract/outcomes';
import { poll } from '../../core/poll';
import { LABEL } from '../../docker/labels';
import { readSupply, supplied } from '../../docker/supply';
import { useOurEngine } from '../../docker/testing/our-engine';
import { testProject } from '../../docker/testing/test-projects';
import { Prometheus } from '../prometheus';
import { metricOutcomes } from './metric';

// Three containers, with room for a busy machine.
jest.setTimeout(180_000);

/** Some scrapes, of which there is one a second. */
const SEEN_MS = 60_000;
const LABELS = { [LABEL.project]: testProject('rp-outcomes-tests'), [LABEL.role]: 'helper' };

/** A consumer's counters, which grow by what is asked for: `/ack/5`. */
const CONSUMER = `
const counts = { ack: 0, retry: 0, other: 0 };
require('node:http').createServer(({ url }, response) => {
  const [, outcome, count] = url.split('/');
  if (outcome in counts) counts[outcome] += Number(count);
  const line = ([name, value]) => 'messages_total{revision="' + process.env.REVISION + '",outcome="' + name + '"} ' + value + '\\n';
  // Prometheus 3.x takes no text that does not say what it is.
  response.setHeader('content-type', 'text/plain; version=0.0.4');
  response.end('# TYPE messages_total counter\\n' + Object.entries(counts).map(line).join(''));
}).listen(9000);
`;

const CONFIG = `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: consumers
    static_configs: [{ targets: ['old:9000', 'new:9000'] }]
`;

let network: StartedNetwork;
const started: StartedTestContainer[] = [];
let prometheus: Prometheus;
let reader: OutcomeReader;
const read: MessageOutcome[] = [];

beforeAll(async () => {
  useOurEngine();
  // In a machine with /.dockerenv it would look for published ports on the bridge.
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
  network = await new Network().start();
  const server = await start(supplied(readSupply(), 'prometheus'), 'prometheus', 9090, (container) =>
    container.withCopyContentToContainer([{ content: CONFIG, target: '/etc/prometheus/prometheus.yml' }]),
  );
  prometheus = new Prometheus(`http://127.0.0.1:${server.getMappedPort(9090)}`);
  reader = metricOutcomes({ query: 'sum by (instance, revision, outcome) (messages_total)' }).open({
    endpoint: async () => ({ host: '127.0.0.1', port: server.getMappedPort(9090) }),
    lines: async () => [],
    prometheus: (query) => prometheus.query(query),
  });
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

const consumer = (name: string, revision: string) =>
  start(supplied(readSupply(), 'node'), name, 9000, (container) =>
    container.withEntrypoint(['node', '-e', CONSUMER]).withEnvironment({ REVISION: revision }),
  );

const tell = (one: StartedTestContainer, outcome: string, count: number) =>
  fetch(`http://127.0.0.1:${one.getMappedPort(9000)}/${outcome}/${count}`);

/** Reads on until so many outcomes were read in all. */
async function until(count: number): Promise<void> {
  const condition = `${count} outcomes were read`;
  const all = async () => {
    read.push(...(await reader.read(0)));
    return read.length >= count ? true : undefined;
  };
  await poll(all, { condition, timeoutMs: SEEN_MS, intervalMs: 300 });
}

/** How many there were of each revision and outcome. */
const counted = () =>
  Object.fromEntries(
    [...Map.groupBy(read, ({ revision, outcome }) => `${revision} ${outcome}`)].map(([key, own]) => [key, own.length]),
  );

it('counts by how much the counters of each consumer grow, from a first reading on, and after one began anew', async () => {
  const old = await consumer('old', 'pool-r1');
  await tell(old, 'ack', 100);
  const scraped = async () =>
    (await prometheus.query('messages_total{outcome="ack"} == 100')).length > 0 ? true : undefined;
  await poll(scraped, { condition: 'what was before is scraped', timeoutMs: SEEN_MS, intervalMs: 300 });
  // What was before nobody asked is no outcome of this rollout.
  expect(await reader.read(0)).toEqual([]);
  await Promise.all([tell(old, 'ack', 7), tell(old, 'retry', 2), tell(old, 'other', 9)]);
  await until(9);
  expect(counted()).toEqual({ 'pool-r1 ack': 7, 'pool-r1 retry': 2 });

  // One that comes later has counted from 0, all of it while somebody read.
  const now = await consumer('new', 'pool-r2');
  await tell(now, 'retry', 5);
  await until(14);
  expect(counted()).toEqual({ 'pool-r1 ack': 7, 'pool-r1 retry': 2, 'pool-r2 retry': 5 });

  // A process that begins anew counts from 0 again.
  await old.restart();
  await tell(old, 'ack', 3);
  await until(17);
  expect(counted()).toEqual({ 'pool-r1 ack': 10, 'pool-r1 retry': 2, 'pool-r2 retry': 5 });
  expect(new Set(read.map(({ id }) => id)).size).toBe(17);
});
