import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TEST_ALERT } from '../alerting/testing/alert';
import { definitionOf } from '../compose/definition';
import type { ComposeModel } from '../compose/model';
import type { LoadedConfig } from '../contract/config-file';
import { firstRevision, type Revision } from '../delivery/revisions/revision';
import { editedSince } from './edited';
import { clearTheGround, requireKeptStack } from './ground';
import { forgetKeptStack, keptStack, rememberKeptStack } from './kept-stack';
import { definedIn, type RunningPlan } from './plan';

const MODEL: ComposeModel = {
  name: 'acme',
  services: {
    orders: { image: 'acme/orders:1', environment: { MODE: 'a' }, ports: [{ target: 8080 }] },
    store: { image: 'acme/store:1' },
    mailer: { image: 'acme/mailer:1', environment: { MODE: 'a' } },
  },
  networks: { default: null },
};
const { rules: _rules, ...WATCHED } = TEST_ALERT;
const SETTINGS = { port: 8080, readiness: '/readyz' };
const WORKER = { kind: 'worker', replicas: 2 } as const;
const PLAN: RunningPlan = {
  model: MODEL,
  composeEnv: { PROMETHEUS_CONFIG_DIR: '/state/prometheus' },
  compression: { factor: 12, reason: 'traffic' },
  alerts: [WATCHED],
  frontImage: 'rollproof/front:1',
  helperImage: 'rollproof/helper:1',
  managed: { orders: SETTINGS },
  workers: { mailer: WORKER },
};

let directory: string;
let loaded: LoadedConfig;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kept-'));
  const config = { name: 'acme', composeFiles: ['c.yaml'], managed: { orders: SETTINGS }, load: {} };
  loaded = { config, stateDirectory: join(directory, 'state') } as unknown as LoadedConfig;
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a kept stack', () => {
  const path = () => join(loaded.stateDirectory, 'stack.json');

  it('remembers all that a later command needs, readable by its owner only', () => {
    rememberKeptStack(loaded, PLAN, { rerun: 'npm run up' });
    expect(keptStack(loaded)).toMatchObject({ command: 'npm run up', plan: PLAN });
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('stays what it was when it came up, until it is forgotten', () => {
    rememberKeptStack(loaded, PLAN, { rerun: 'npm run up' });
    rememberKeptStack(loaded, { ...PLAN, frontImage: 'rollproof/front:2' }, { rerun: 'deploy' });
    expect(keptStack(loaded)).toMatchObject({ command: 'npm run up', plan: { frontImage: 'rollproof/front:1' } });
    forgetKeptStack(loaded);
    expect(keptStack(loaded)).toBeUndefined();
  });

  it('refuses a stack that a newer version left up', () => {
    rememberKeptStack(loaded, PLAN, { rerun: 'npm run up' });
    writeFileSync(path(), readFileSync(path(), 'utf8').replace('"version":1', '"version":2'));
    expect(() => keptStack(loaded)).toThrow(
      expect.objectContaining({ code: 'state-newer', message: expect.stringContaining(path()) }),
    );
  });

  it.each<[string, () => void]>([
    ['half a file', () => writeFileSync(path(), readFileSync(path(), 'utf8').slice(0, 40))],
    ['of another version', () => writeFileSync(path(), '{"command":"npm run up"}')],
    ['empty', () => writeFileSync(path(), '')],
    ['not readable', () => (rmSync(path()), mkdirSync(path()))],
  ])(
    'that is %s is refused by name, by what would take hold of it and by what would sweep it',
    async (_what, spoil) => {
      rememberKeptStack(loaded, PLAN, { rerun: 'npm run up' });
      spoil();
      const refusal = { code: 'stack-outdated', message: expect.stringContaining(path()) };
      await expect(clearTheGround(loaded, { step: () => undefined })).rejects.toMatchObject(refusal);
      await expect(requireKeptStack(loaded)).rejects.toMatchObject(refusal);
    },
  );
});

describe('editedSince', () => {
  const spec = { image: 'acme/orders:1', imageId: 'sha256:1', content: 'sha256:1', settings: SETTINGS };
  const stable = firstRevision('orders', { ...spec, definition: definitionOf(MODEL, 'orders') });
  const stableWorker = firstRevision('mailer', {
    ...{ ...spec, settings: WORKER },
    definition: definedIn(MODEL, 'mailer', WORKER),
  });
  const edited = (next: ComposeModel, config: object = {}, ...revisions: readonly Revision[]) => {
    rememberKeptStack(loaded, PLAN, { rerun: 'npm run up' });
    const kept = keptStack(loaded);
    if (kept === undefined) throw new Error('not kept');
    const now = { ...loaded, config: { ...loaded.config, ...config } } as LoadedConfig;
    const known = [...revisions, stable, stableWorker];
    return editedSince(now, kept, { next, stable: (service) => known.find((own) => own.service === service) });
  };
  const withService = (name: string, change: object): ComposeModel => ({
    ...MODEL,
    services: { ...MODEL.services, [name]: { ...MODEL.services[name], ...change } },
  });

  it('finds nothing where nothing was edited, whatever functions the configuration has', () => {
    expect(edited(MODEL, { reconciliation: { stored: () => [] } })).toEqual(['rollproof.config.ts']);
    expect(edited(MODEL, { build: () => 1 })).toEqual([]);
  });

  it.each([
    [
      'a setting of the configuration',
      MODEL,
      { managed: { orders: { ...SETTINGS, drainMs: 1 } } },
      ['rollproof.config.ts'],
    ],
    ['the environment of a managed service', withService('orders', { environment: { MODE: 'b' } }), {}, ['orders']],
    ['the image of a managed service', withService('orders', { image: 'acme/orders:2' }), {}, ['orders']],
    ['the published port of a managed service', withService('orders', { ports: [] }), {}, ['orders']],
    ['the environment of a worker', withService('mailer', { environment: { MODE: 'b' } }), {}, ['mailer']],
    ['another service', withService('store', { image: 'acme/store:2' }), {}, ['store']],
    ['a service that is new', withService('cache', { image: 'cache' }), {}, ['cache']],
    ['the networks', { ...MODEL, networks: { default: null, back: null } }, {}, ['networks']],
  ])('names %s', (_what, next, config, names) => {
    expect(edited(next, config)).toEqual(names);
  });

  it('forgets an edit once a deploy has taken it over', () => {
    const next = withService('orders', { environment: { MODE: 'b' } });
    expect(edited(next, {}, { ...stable, definition: definitionOf(next, 'orders') })).toEqual([]);
  });

  it('forgets an edit of a worker likewise', () => {
    const next = withService('mailer', { environment: { MODE: 'b' } });
    expect(edited(next, {}, { ...stableWorker, definition: definedIn(next, 'mailer', WORKER) })).toEqual([]);
  });
});
