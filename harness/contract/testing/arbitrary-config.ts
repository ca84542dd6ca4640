import fc from 'fast-check';
import type { Alert } from '../alerts';
import { worker, type ManagedService, type StackConfig, type WorkerConfig } from '../config';
import { word } from './arbitrary';

const port = fc.integer({ min: 1, max: 65_535 });
const positive = fc.double({ min: 0.001, max: 5_000, noNaN: true });
const wholeMs = fc.integer({ min: 1, max: 3_600_000 });
const folder = fc.stringMatching(/^[a-z]{1,8}$/);
const path = folder.map((name) => `/${name}`);
const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });

const names = (max: number) => fc.uniqueArray(word(), { minLength: 1, maxLength: max });
const endpoint = fc.record({ service: word(), port });

const managed: fc.Arbitrary<ManagedService> = fc.record(
  {
    ...{ port, readiness: path, drainMs: wholeMs, metrics: path },
    stickyBy: fc.constant({ header: 'x-user-id', cookie: true }),
  },
  { requiredKeys: ['port', 'readiness'] },
);

const workerConfig: fc.Arbitrary<WorkerConfig> = fc
  .record(
    {
      replicas: fc.integer({ min: 1, max: 9 }),
      readiness: fc.constantFrom('healthy' as const, 'running' as const),
      singleton: fc.constant(false),
      outcomes: fc.record({ kind: word(), says: word(), open: fc.constant(() => ({ read: async () => [] })) }),
    },
    { requiredKeys: ['outcomes'] },
  )
  .map(worker);

const alert: fc.Arbitrary<Alert> = fc.record({
  ...{ name: fc.stringMatching(/^[A-Z][a-zA-Z]{2,8}$/), of: names(2), windowMs: wholeMs, forMs: wholeMs },
  ...{ severity: fc.constantFrom('page' as const, 'ticket' as const), owner: word(), runbook: word() },
  ...{ kind: word(), quantity: word(), limit: share, measure: word(), rules: fc.constant(() => []) },
});

/** What refers to nothing else in a configuration. */
const unbound = fc.record(
  {
    name: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,30}$/),
    composeFiles: fc.array(folder, { minLength: 1, maxLength: 2 }),
    env: fc.dictionary(word(), fc.string(), { maxKeys: 2, noNullPrototype: true }),
    edges: fc.record({ one: fc.record({ from: word(), to: word(), port }, { requiredKeys: ['from', 'to'] }) }),
    alerts: fc.uniqueArray(alert, { selector: ({ name }) => name, maxLength: 2 }),
    observability: fc.record({
      ...{ prometheus: endpoint, alertmanager: endpoint, jaeger: endpoint, pager: endpoint },
      configDir: folder,
    }),
    workers: fc.record({ '~worker': workerConfig }),
    historyLimit: fc.integer({ min: 2, max: 100 }),
  },
  { requiredKeys: ['name', 'composeFiles'], noNullPrototype: true },
);

/** A value for each of some names. */
const each = <Value>(keys: readonly string[], value: fc.Arbitrary<Value>): fc.Arbitrary<Record<string, Value>> =>
  fc
    .array(value, { minLength: keys.length, maxLength: keys.length })
    .map((values) => Object.fromEntries(keys.flatMap((key, at) => values.slice(at, at + 1).map((own) => [key, own]))));

/** What speaks of managed services and of kinds of requests by their names. */
const bound = (services: readonly string[], kinds: readonly string[]) => {
  const service = fc.constantFrom(...services);
  const kind = fc.constantFrom(...kinds);
  const request = fc.record(
    {
      weight: positive,
      build: fc.constant(() => ({ method: 'GET' as const, path: '/' })),
      passes: fc.array(service, { maxLength: 2 }),
      expectedStatuses: fc.array(fc.integer({ min: 200, max: 599 }), { maxLength: 2 }),
      check: fc.constant(() => undefined),
    },
    { requiredKeys: ['weight', 'build'] },
  );
  const keysInStack = fc.constant(async () => []);
  return fc.record(
    {
      managed: each(services, managed),
      load: fc.record({ service: word(), port, ratePerSecond: positive, requests: each(kinds, request) }),
      reconciliation: fc.record(
        {
          acknowledgedBy: kind,
          stored: keysInStack,
          effects: fc.record({ charges: keysInStack }),
          owed: fc.record({ letters: keysInStack }),
        },
        { requiredKeys: ['acknowledgedBy', 'stored'] },
      ),
      skew: fc.record({
        session: fc.record({ write: kind, read: kind, withinMs: wholeMs }, { requiredKeys: ['write', 'read'] }),
      }),
      releases: fc.record({
        ...{ service, good: fc.tuple(word(), word()), bad: word() },
        readLoad: fc.record({ ratePerSecond: positive, weights: each(kinds, positive) }),
      }),
    },
    { requiredKeys: ['managed', 'load'], noNullPrototype: true },
  );
};

/** Configurations that are right, from the smallest to those that say all there is to say. */
export const configs: fc.Arbitrary<StackConfig> = fc
  .tuple(unbound, names(3), names(3))
  .chain(([own, services, kinds]) => bound(services, kinds).map((others) => ({ ...own, ...others })));
