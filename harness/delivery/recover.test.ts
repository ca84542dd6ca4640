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

const STRATEGY = canary({ steps: [20, 100], riseToDetect: 0.2, minReadyMs: 200, bakeMs: 500, warmupRequests: 20 });

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

async function dieAndRecover(image: string, dieAt: number, when: 'before' | 'after') {
  const path = join(folder, `${image.replace(':', '-')}-${dieAt}-${when}.ndjson`);
  const file = new FileJournal(path);
  files.push(file);
  const mortal = new MortalJournal(file, dieAt, when);
  const behaviours = { 'errors:2': { errorRatio: 0.5 } };
  const world = new FakeWorld({ seed: 'recover', journal: mortal, journalPath: path, behaviours });
  mortal.world = world;
  const ended = await deploy({ service: 'orders', image, strategy: STRATEGY }, world.ports()).then(
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
  expect(world.usable(stable?.label)).toBe(true);
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
  it.each([
    ['good:2', 'before'],
    ['good:2', 'after'],
    ['errors:2', 'before'],
    ['errors:2', 'after'],
  ] as const)('heals a rollout of %s whose controller died %s any line', async (image, when) => {
    let lines = 0;
    for (let dieAt = 1; ; dieAt += 1) {
      const { ended, world, path } = await dieAndRecover(image, dieAt, when);
      expectWhole(world, path);
      if (ended) break;
      lines = dieAt;
    }
    expect(lines).toBeGreaterThan(15);
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
