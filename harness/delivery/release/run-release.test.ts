import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import type { JournalLine } from '../../contract/observation';
import { blueGreen } from '../strategies/blue-green';
import { canary } from '../strategies/canary';
import { FakeProject, type FakeProjectOptions } from '../testing/fake-project';
import type { PlannedReleaseStep } from './difference';
import type { ReleasePorts } from './ports';
import { prepareRelease } from './run-release';

const SETTINGS = {
  riseToDetect: 0.2,
  minReadyMs: 200,
  readyTimeoutMs: 2_000,
  bakeMs: 500,
  warmupRequests: 20,
  stopGraceMs: 4_000,
};
const STRATEGY = blueGreen(SETTINGS);
const SERVICES = ['inventory', 'payments', 'orders'];

const step = (kind: PlannedReleaseStep['kind'], service: string, image = 'good:2'): PlannedReleaseStep => ({
  ...{ kind, service, image, changes: [] },
});

/** New cache settings, a migration, a new service, three that are rolled out, and one that is gone. */
const steps = (images: Readonly<Record<string, string>> = {}) => [
  step('start', 'flags'),
  step('run', 'migrate'),
  step('replace', 'cache'),
  ...SERVICES.map((service) => step('roll-out', service, images[service])),
  step('retire', 'old'),
];

const BEHAVIOURS = {
  'errors:2': { errorRatio: 0.5 },
  'never:2': { neverReady: true },
};

async function release(
  images: Readonly<Record<string, string>> = {},
  {
    around = (ports) => ports,
    watch,
    signal,
    ...options
  }: Partial<FakeProjectOptions> & {
    readonly around?: (ports: ReleasePorts, project: FakeProject) => ReleasePorts;
    readonly watch?: (line: JournalLine, project: FakeProject) => void;
    readonly signal?: AbortSignal;
  } = {},
) {
  const journal = new MemoryJournal();
  const project = new FakeProject({ services: SERVICES, journal, behaviours: BEHAVIOURS, ...options });
  const ports = project.ports({
    append: (line, how) => {
      journal.append(line, how);
      watch?.(journal.lines.at(-1) as JournalLine, project);
    },
  });
  const request = { steps: steps(images), strategyOf: () => STRATEGY, ...(signal === undefined ? {} : { signal }) };
  const run = await prepareRelease(request, around(ports, project));
  const result = await run();
  return { result, project, lines: journal.lines };
}

/** What runs of each service, by label. */
const running = (project: FakeProject) =>
  SERVICES.flatMap((service) =>
    [...project.world(service).containers].filter(([, one]) => one.running).map(([label]) => label),
  );
const shares = (project: FakeProject, number: number) =>
  SERVICES.map((service) => project.world(service).share(`${service}-r${number}`));

function expectAllOld(project: FakeProject): void {
  expect(running(project)).toEqual(SERVICES.map((service) => `${service}-r1`));
  expect(shares(project, 1)).toEqual([100, 100, 100]);
  expect(SERVICES.map((service) => project.store().stable(service)?.label)).toEqual(
    SERVICES.map((service) => `${service}-r1`),
  );
  expect(Object.fromEntries(project.plain)).toEqual({
    cache: { version: 'from', isRunning: true },
    old: { version: 'from', isRunning: true },
  });
  expect([project.lost, project.settled, project.record, project.store().unfinished()]).toEqual([
    ...[0, 'from', undefined, []],
  ]);
}

describe('a whole release that is good', () => {
  it('brings everything new, loses nothing, and stops what is old last', async () => {
    const { result, project } = await release();
    expect(result.outcome).toBe('released');
    expect(result.steps.map(({ state }) => state)).toEqual(Array(7).fill('done'));
    expect(result.serves).toEqual({ inventory: 'inventory-r2', payments: 'payments-r2', orders: 'orders-r2' });
    expect(running(project)).toEqual(SERVICES.map((service) => `${service}-r2`));
    expect(shares(project, 2)).toEqual([100, 100, 100]);
    expect(Object.fromEntries(project.plain)).toEqual({
      cache: { version: 'to', isRunning: true },
      old: { version: 'from', isRunning: false },
      flags: { version: 'to', isRunning: true },
    });
    expect([project.lost, project.settled, project.record, project.ran]).toEqual([0, 'to', undefined, ['migrate']]);
  });

  it('keeps every old set warm, and every new one unstable, until all are through', async () => {
    const seen: string[][] = [];
    const { lines } = await release(
      {},
      {
        watch: (line, project) => {
          if (line.type !== 'release' || line.state !== 'Accepting') return;
          seen.push(
            running(project),
            SERVICES.map((service) => project.store().stable(service)?.label ?? ''),
          );
        },
      },
    );
    const olds = SERVICES.map((service) => `${service}-r1`);
    expect(seen).toEqual([SERVICES.flatMap((service) => [`${service}-r1`, `${service}-r2`]), olds]);
    const stops = lines.flatMap((line) => (line.type === 'release-action' && line.phase === 'intent' ? [line] : []));
    expect(stops.slice(6).map(({ action, service }) => `${action} ${service}`)).toEqual([
      'stop-old orders',
      'stop-old payments',
      'stop-old inventory',
      'do old',
    ]);
  });

  it('gives the old sets as long to end as their strategies say', async () => {
    const graces: number[] = [];
    const around = ({ delivery, ...ports }: ReleasePorts): ReleasePorts => ({
      ...ports,
      delivery: {
        ...delivery,
        stop: (revision, how) => {
          graces.push(how.graceMs);
          return delivery.stop(revision, how);
        },
      },
    });
    expect((await release({}, { around })).result.outcome).toBe('released');
    expect(graces).toEqual(SERVICES.map(() => SETTINGS.stopGraceMs));
  });

  it('is none when there is nothing to do', async () => {
    const journal = new MemoryJournal();
    const project = new FakeProject({ services: SERVICES, journal });
    const run = await prepareRelease({ steps: [], strategyOf: () => STRATEGY }, project.ports());
    const { outcome } = await run();
    expect(outcome).toBe('unchanged');
    expect(journal.lines.map(({ type }) => type)).toEqual(['release-ended']);
    expectAllOld(project);
  });
});

describe('a whole release that fails', () => {
  it('goes back in reverse order with the third service, losing nothing, and says what stays', async () => {
    const { result, project } = await release({ orders: 'errors:2' });
    expect(result).toMatchObject({ outcome: 'went-back', cause: 'release-rejected' });
    expect(result.reason).toMatch(/^orders-r2 failed \d+ of \d+ requests$/);
    expect(result.steps.map(({ service, state }) => `${service} ${state}`)).toEqual([
      'flags undone',
      'migrate kept',
      'cache undone',
      'inventory undone',
      'payments undone',
      'orders undone',
      'old not-begun',
    ]);
    expect(result.steps[1]?.reason).toContain('cannot be undone');
    expect(project.switches).toEqual(['orders', 'payments', 'inventory']);
    expectAllOld(project);
  });

  it('goes back when a job fails, before anything is rolled out', async () => {
    const { result, project } = await release({}, { failing: ['migrate'] });
    expect(result).toMatchObject({ outcome: 'went-back', cause: 'job-failed' });
    expect(result.reason).toBe('migrate ended with exit code 3: no such column');
    expect(result.steps.map(({ state }) => state)).toEqual(['undone', 'kept', ...Array<string>(5).fill('not-begun')]);
    expect(project.switches).toEqual([]);
    expectAllOld(project);
  });

  it('goes back when a new service does not start, and removes it', async () => {
    const { result, project } = await release({}, { failing: ['flags'] });
    expect(result.outcome).toBe('went-back');
    expectAllOld(project);
  });

  it('goes back when one dies that waits for the others', async () => {
    const { result, project } = await release(
      {},
      {
        watch: (line, { worlds }) => {
          if (line.type !== 'rollout' || line.service !== 'payments' || line.state !== 'Baking') return;
          worlds.get('inventory')?.stopReplicas('inventory-r2');
        },
      },
    );
    expect(result).toMatchObject({ outcome: 'went-back', cause: 'release-dead' });
    expect(shares(project, 1)).toEqual([100, 100, 100]);
    expect(running(project)).toEqual(SERVICES.map((service) => `${service}-r1`));
  });

  it('goes back when somebody interrupts it, the last first', async () => {
    const interrupt = new AbortController();
    const { result, project } = await release(
      {},
      {
        signal: interrupt.signal,
        watch: (line) => {
          if (line.type === 'rollout' && line.service === 'orders' && line.state === 'Baking') {
            interrupt.abort(new Error('Ctrl-C'));
          }
        },
      },
    );
    expect(result).toMatchObject({ outcome: 'went-back', cause: 'interrupted', reason: 'interrupted: Ctrl-C' });
    expect(project.switches).toEqual(['orders', 'payments', 'inventory']);
    expectAllOld(project);
  });

  it('takes back what was made stable when another one cannot be', async () => {
    const { result, project } = await release(
      {},
      {
        around: (ports, { worlds }) => ({
          ...ports,
          begin: (request) => {
            if (request.service === 'orders') {
              // Its front is taken over in the moment of the acceptance.
              request.gate?.arrived.then(() => worlds.get('orders')?.guardian.takeOver()).catch(() => undefined);
            }
            return ports.begin(request);
          },
        }),
      },
    );
    expect(result.outcome).toBe('went-back');
    expectAllOld(project);
    expect(project.store().list('inventory').at(-1)).toMatchObject({ label: 'inventory-r2', status: 'failed' });
  });

  it('is stuck, and keeps its record for the next command, when something cannot be put back', async () => {
    const { result, project } = await release(
      { orders: 'errors:2' },
      { around: (ports) => ({ ...ports, putBack: async () => Promise.reject(new Error('no space left')) }) },
    );
    expect(result).toMatchObject({ outcome: 'stuck' });
    expect(result.reason).toContain('cache could not go back: no space left');
    expect(shares(project, 1)).toEqual([100, 100, 100]);
    expect(project.record?.phase).toBe('back');
  });
});

describe('what is refused before anything is changed', () => {
  it('is an image that is not there', async () => {
    await expect(release({ orders: 'absent:2' })).rejects.toMatchObject({ code: 'image-not-found' });
  });

  it('is a strategy that ends without a stable revision', async () => {
    const project = new FakeProject({ services: SERVICES, journal: new MemoryJournal() });
    const held = canary({ steps: [20], holdMs: 100, ...SETTINGS });
    await expect(prepareRelease({ steps: steps(), strategyOf: () => held }, project.ports())).rejects.toMatchObject({
      code: 'strategy-invalid',
    });
    expectAllOld(project);
  });
});
