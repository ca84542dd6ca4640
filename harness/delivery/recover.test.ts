import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Observation } from '../contract/observation';
import { FileJournal, readJournal, type Journal } from '../contract/journal';
import { deploy } from './controller';
import { Death, FakeWorld } from './testing/fake-world';
import { recover } from './recover';
import { canary } from './strategies/canary';
import { STRATEGIES } from './strategies/list';
import { recordOf } from './strategies/strategy';

const SETTINGS = { riseToDetect: 0.2, minReadyMs: 200, bakeMs: 500, warmupRequests: 20 };
const STRATEGY = canary({ steps: [20, 100], ...SETTINGS });

/** One of each kind that there is, and one that ends held. */
const EVERY_STRATEGY = [
  ...STRATEGIES.map((kind) => kind.from({ ...(kind.kind === 'canary' ? { steps: [20, 100] } : {}), ...SETTINGS })),
  canary({ steps: [20], holdMs: 1_000, ...SETTINGS }),
];

/** Kills the process before or after the n-th line reaches the file. */
class MortalJournal implements Journal {
  world: FakeWorld | undefined;
  written = 0;
  constructor(
    readonly file: FileJournal,
    readonly dieAt: number,
    readonly when: 'before' | 'after',
  ) {}

  append(observation: Observation, options?: { readonly durable?: boolean }): void {
    if (this.world?.dead === true) throw new Death('killed');
    this.written += 1;
    const last = this.written === this.dieAt;
    if (!last || this.when === 'after') this.file.append(observation, options?.durable === true ? {} : options);
    if (!last) return;
    if (this.world !== undefined) this.world.dead = true;
    throw new Death('killed');
  }
}

let folder: string;
const files: FileJournal[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recover-'));
});
afterEach(() => {
  for (const file of files.splice(0)) file[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

async function dieAndRecover(image: string, dieAt: number, when: 'before' | 'after', strategy = STRATEGY) {
  const path = join(folder, `${files.length}-${dieAt}-${when}.ndjson`);
  const file = new FileJournal(path);
  files.push(file);
  const mortal = new MortalJournal(file, dieAt, when);
  const behaviours = { 'errors:2': { errorRatio: 0.5 } };
  const world = new FakeWorld({ seed: 'recover', journal: mortal, journalPath: path, behaviours });
  mortal.world = world;
  const ended = await deploy({ service: 'orders', image, strategy }, world.ports()).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof Death)) throw error;
      return false;
    },
  );
  world.dead = false;
  const ports = { ...world.ports(), journal: file };
  const recovered = await recover({ journalPath: path, ports });
  return { ended, world, recovered, path, ports };
}

function expectWhole(world: FakeWorld, path: string): void {
  const stable = world.store.stable('orders');
  const others = [...world.containers.values()].filter(({ revision }) => revision.label !== stable?.label);
  expect(world.share(stable?.label ?? '')).toBe(100);
  expect(world.lives(stable?.label)).toBe(true);
  expect(others.every(({ running }) => !running)).toBe(true);
  expect(world.store.unfinished()).toEqual([]);
  expect(world.store.list('orders').filter(({ status }) => status === 'stable' || status === 'candidate')).toHaveLength(
    1,
  );
  expect(world.lost).toBe(0);
  const last = readJournal(path).findLast((line) => line.type === 'rollout');
  if (last?.type === 'rollout') expect(['Succeeded', 'RolledBack']).toContain(last.state);
}

describe('recover', () => {
  const cases = EVERY_STRATEGY.flatMap((strategy) =>
    ['good:2', 'errors:2'].flatMap((image) =>
      (['before', 'after'] as const).map((when) => [strategy.name, image, when, strategy] as const),
    ),
  );

  it.each(cases)(
    'heals a rollout (%s) of %s whose controller died %s any line',
    async (_name, image, when, strategy) => {
      let lines = 0;
      for (let dieAt = 1; ; dieAt += 1) {
        const { ended, world, path } = await dieAndRecover(image, dieAt, when, strategy);
        expectWhole(world, path);
        if (ended) break;
        lines = dieAt;
      }
      expect(lines).toBeGreaterThan(15);
    },
  );

  it('undoes what was asked for: with its settings, and only the steps that were begun', async () => {
    const undone: string[] = [];
    const { path, ports, world } = await dieAndRecover(
      'good:2',
      6,
      'after',
      canary({ steps: [100], stopGraceMs: 777 }),
    );
    expect(readJournal(path).some((line) => line.type === 'action' && line.action === 'undo-start')).toBe(true);
    const candidate = world.store.list('orders')[1];
    if (candidate === undefined) throw new Error('no second revision');
    const strategy = recordOf(canary({ steps: [100], stopGraceMs: 777 }));
    world.store.put({ ...candidate, status: 'candidate', rollout: { id: 'rollout-x', strategy } });
    const stop: typeof ports.stop = async (revision, options) => {
      undone.push(`${revision.label} within ${options.graceMs} ms`);
      await ports.stop(revision, options);
    };
    await recover({ ports: { ...ports, stop } });
    expect(undone).toEqual(['orders-r2 within 777 ms']);
  });

  it('brings traffic back and tells of a step that this process does not know', async () => {
    const { world, ports } = await dieAndRecover('good:2', 6, 'after');
    const candidate = world.store.list('orders')[1];
    if (candidate === undefined) throw new Error('no second revision');
    const { steps, ...record } = recordOf(STRATEGY);
    const strategy = { ...record, steps: [{ kind: 'migrate', options: {} }, ...steps] };
    world.store.put({ ...candidate, status: 'candidate', rollout: { id: 'rollout-x', strategy } });
    await ports.start(candidate, { timeoutMs: 1 });
    await ports.setWeights('orders', { blue: 80, green: 20 });
    const [recovered] = await recover({ ports });
    expect(recovered?.reason).toContain('the step "migrate" is not known to this command');
    expect(world.share('orders-r1')).toBe(100);
  });

  it('has nothing to do the second time, nor when nothing was left', async () => {
    const { recovered, path, ports } = await dieAndRecover('good:2', 20, 'after');
    expect(recovered).toMatchObject([{ outcome: 'rolled-back', from: 'orders-r1', to: 'orders-r2' }]);
    expect(await recover({ journalPath: path, ports })).toEqual([]);
    expect(await recover({ journalPath: join(folder, 'none.ndjson'), ports })).toEqual([]);
  });

  it('works from the revision records when the journal is gone', async () => {
    const { world, path, ports } = await dieAndRecover('good:2', 20, 'after');
    const failed = world.store.list('orders')[1];
    if (failed === undefined) throw new Error('no second revision');
    world.store.put({
      ...failed,
      status: 'candidate',
      rollout: { id: 'rollout-x', journalPath: join(folder, 'gone') },
    });
    await world.ports().start(failed, { timeoutMs: 1 });
    await world.ports().setWeights('orders', { blue: 80, green: 20 });
    expect(await recover({ ports })).toMatchObject([{ outcome: 'rolled-back' }]);
    expectWhole(world, path);
  });

  it('cuts off a torn line before it appends', async () => {
    const { path, ports } = await dieAndRecover('good:2', 20, 'after');
    const whole = readFileSync(path, 'utf8').split('\n').slice(0, 15).join('\n');
    writeFileSync(path, `${whole}\n{"at":1,"type":"rol`);
    await recover({ journalPath: path, ports });
    expect(() => readJournal(path)).not.toThrow();
    expect(readFileSync(path, 'utf8')).not.toContain('"rol{');
  });
});
