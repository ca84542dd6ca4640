import { describe, expect, it } from '@jest/globals';
import { errorRate } from '../alerting/kinds/error-rate';
import { defineStack, stackConfig, worker, type StackConfig } from './config';
import { problemsOf } from './problems';

const FULL = defineStack({
  name: 'shop',
  composeFiles: ['compose.yaml'],
  env: { TAG: 'good' },
  managed: {
    orders: { port: 8080, readiness: '/readyz', drainMs: 5_000, metrics: '/metrics' },
    bank: { port: 80, readiness: '/' },
  },
  workers: {
    mailer: worker({
      ...{ replicas: 2, readiness: 'healthy', singleton: false },
      outcomes: { kind: 'sql', says: 'a query', open: () => ({ read: async () => [] }) },
    }),
  },
  edges: { bank: { from: 'orders', to: 'bank', port: 80 } },
  load: {
    service: 'orders',
    port: 8080,
    ratePerSecond: 10,
    requests: {
      browse: {
        weight: 1,
        build: () => ({ method: 'GET', path: '/' }),
        passes: ['orders'],
        expectedStatuses: [200],
      },
    },
  },
  skew: { page: { write: 'browse', read: 'browse', withinMs: 2_000 } },
  alerts: [
    errorRate({
      name: 'HighErrorRate',
      of: ['orders'],
      above: 0.05,
      forMs: 60_000,
      severity: 'page',
      owner: 'us',
      runbook: 'runbook.md',
    }),
  ],
  observability: {
    prometheus: { service: 'prometheus', port: 9090 },
    alertmanager: { service: 'alertmanager', port: 9093 },
    jaeger: { service: 'jaeger', port: 16686 },
    pager: { service: 'pager', port: 8080 },
    configDir: 'observability',
  },
  reconciliation: {
    ...{ acknowledgedBy: 'browse', stored: async () => [] },
    ...{ effects: { charges: async () => [] }, owed: { letters: async () => [] } },
  },
  releases: {
    service: 'orders',
    good: ['a', 'b'],
    bad: 'c',
    readLoad: { ratePerSecond: 1, weights: { browse: 1 } },
    worker: {
      ...{ service: 'mailer', good: ['a', 'b'], bad: 'c', send: async () => undefined },
      tally: async () => ({ waiting: 0, done: 0, dead: 0, lost: 0, doubled: 0 }),
    },
  },
  pipeline: {
    branch: 'main',
    build: 'npm ci',
    unitTests: 'npm test',
    integrationTests: 'npm run integration',
    services: {
      orders: { context: '.', dockerfile: 'Dockerfile', target: 'app', args: { A: '1' }, secrets: { ca: 'ca' } },
    },
    registry: 'registry.example.com:5000',
    strategy: { name: 'all at once', settings: {}, steps: [] },
    load: true,
    stageTimeoutMs: 60_000,
    source: 'https://example.com/orders',
  },
  historyLimit: 5,
  allow: ['proxy:/var/run/docker.sock'],
  volumes: { db: 'copy' },
});

type Tree = { [key: string]: Tree };

/** The full configuration with something else at a path such as `managed.orders.port`. */
function changed(path: string, change: (holder: Tree, key: string) => void): unknown {
  const copy = clone(FULL) as Tree;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const holder = keys.reduce<Tree>((tree, key) => tree[key] ?? {}, copy);
  change(holder, last);
  return copy;
}

/** A deep copy; functions stay the same. */
function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clone(inner)]));
}

/** Names that a person chooses: keys of these may be anything. */
const FREE =
  /^(env|managed|workers|edges|volumes|skew|load\.requests|reconciliation\.(effects|owed)|releases\.readLoad\.weights|pipeline\.(services(\.\w+\.(args|secrets))?|strategy))\.[^.]+$/;

function keyPaths(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = path === '' ? key : `${path}.${key}`;
    const isNamed = !Array.isArray(value) && !FREE.test(own);
    return [...(isNamed ? [own] : []), ...keyPaths(inner, own)];
  });
}

const shown = (path: string) => path.replace(/\.(\d+)/g, '[$1]');

describe('a configuration', () => {
  it('that says all there is to say is right', () => {
    expect(problemsOf(stackConfig, FULL, 'config')).toEqual([]);
    const keys: Record<keyof StackConfig, true> = {
      ...{
        name: true,
        composeFiles: true,
        env: true,
        managed: true,
        workers: true,
        edges: true,
        load: true,
        alerts: true,
        skew: true,
        allow: true,
        volumes: true,
      },
      ...{ observability: true, reconciliation: true, releases: true, pipeline: true, historyLimit: true },
    };
    expect(Object.keys(FULL).sort()).toEqual(Object.keys(keys).sort());
  });

  it.each(keyPaths(FULL))('with a misspelt %s is refused with the right word', (path) => {
    const right = path.split('.').at(-1) ?? '';
    const wrong = `${right}${right.at(-1)}`;
    const value = changed(path, (holder, key) => {
      holder[wrong] = holder[key] ?? {};
      delete holder[key];
    });
    const at = shown(path.replace(/[^.]+$/, wrong));
    expect(problemsOf(stackConfig, value, 'config')).toContain(`${at}: unknown key; did you mean \`${right}\`?`);
  });

  it.each<[string, unknown, string]>([
    ['alerts.0.severity', 'pge', 'alerts[0].severity: must be one of page, ticket; did you mean `page`?'],
    ['load.requests.browse.passes.0', 'order', '"order" is no managed service; did you mean `orders`?'],
    ['skew.page.read', 'brwose', 'skew.page.read: "brwose" is no kind of request; did you mean `browse`?'],
    ['releases.service', 'oders', 'releases.service: "oders" is no managed service; did you mean `orders`?'],
    ['reconciliation.acknowledgedBy', 'brwose', '"brwose" is no kind of request; did you mean `browse`?'],
    ['releases.readLoad.weights.brows', 1, '"brows" is no kind of request; did you mean `browse`?'],
    ['managed.orders.port', '8080', 'managed.orders.port: expected number, received string'],
    ['managed.orders.readiness', 'readyz', 'managed.orders.readiness: must begin with /'],
    ['load.requests.browse.build', 'GET /', 'load.requests.browse.build: must be a function'],
    ['edges.bank', 'orders → bank', 'edges.bank: expected object, received string'],
    ['historyLimit', 1, 'historyLimit: '],
    ['allow.0', '/var/run/docker.sock', 'allow[0]: a service and a source, as `proxy:/var/run/docker.sock`'],
    ['volumes.db', 'move', 'volumes.db: must be copy'],
    ['workers.orders', { ...FULL.workers?.['mailer'] }, 'workers.orders: "orders" is managed already'],
    ['workers.mailer.outcomes', 'a query', 'workers.mailer.outcomes: expected object, received string'],
    ['workers.mailer.singleton', true, 'workers.mailer.replicas: a singleton has one consumer'],
    ['pipeline.services.order', {}, 'pipeline.services.order: "order" is no managed service; did you mean `orders`?'],
    ['pipeline.registry', 'myself', 'pipeline.registry: is a host with its port'],
    ['pipeline.strategy', 'canary', 'pipeline.strategy: is made by canary({…})'],
  ])('with a wrong %s (%j) is refused by its path', (path, wrong, message) => {
    const value = changed(path, (holder, key) => void (holder[key] = wrong as Tree));
    expect(problemsOf(stackConfig, value, 'config')).toEqual([expect.stringContaining(message)]);
  });

  it('that is nothing at all says so', () => {
    expect(problemsOf(stackConfig, undefined, 'config')).toEqual(['config: expected object, received undefined']);
  });
});
