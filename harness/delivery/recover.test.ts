import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JournalLine } from '../contract/observation';
import { FileJournal, MemoryJournal, readJournal, readJournalLeniently, type Journal } from '../contract/journal';
import { deploy } from './controller';
import type { DeliveryPorts } from './ports';
import { Death } from './testing/fake-process';
import { FakeWorld } from './testing/fake-world';
import { MortalJournal } from './testing/mortal-journal';
import { recover } from './recover';
import { replicasOf } from './revisions/revision';
import { canary } from './strategies/canary';
import { defineStep } from './steps/step';
import { recordOf, type Strategy } from './strategies/strategy';

const SETTINGS = { riseToDetect: 0.2, minReadyMs: 200, bakeMs: 500, warmupRequests: 20 };
const STRATEGY = canary({ steps: [20, 100], ...SETTINGS });

let folder: string;
const files: FileJournal[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recover-'));
});
afterEach(() => {
  for (const file of files.splice(0)) file[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

interface Next {
  readonly strategy?: Strategy;
  /** Where the run that recovers writes. Default: into the journal of the one that died. */
  readonly next?: Journal;
  /** In which the controller dies. */
  readonly scenario?: string;
}

async function dieAndRecover(
  image: string,
  dieAt: number,
  when: 'before' | 'after',
  { strategy = STRATEGY, next, scenario }: Next = {},
) {
  const path = join(folder, `${files.length}-${dieAt}-${when}.ndjson`);
  const file = new FileJournal(path);
  files.push(file);
  file.scenario = scenario;
  const mortal = new MortalJournal(file, dieAt, when);
  const behaviours = { 'errors:2': { errorRatio: 0.5 } };
  const world = new FakeWorld({ seed: 'recover', journal: mortal, journalPath: path, behaviours });
  mortal.process = world;
  const ended = await deploy({ service: 'orders', image, strategy }, world.ports()).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof Death)) throw error;
      return false;
    },
  );
  world.dead = false;
  const { journalPath: _path, ...others } = world.ports();
  const ports = next === undefined ? { ...world.ports(), journal: file } : { ...others, journal: next };
  const recovered = await recover({ journalPath: path, ports });
  return { ended, world, recovered, path, ports };
}

function expectWhole(world: FakeWorld, path: string): void {
  const stable = world.store.stable('orders');
  const others = [...world.containers.values()].filter(({ revision }) => revision.label !== stable?.label);
  expect(world.share(stable?.label ?? '')).toBe(100);
  expect(world.lives(stable?.label)).toBe(true);
  expect(world.runningReplicas(stable?.label ?? '')).toBe(stable === undefined ? 0 : replicasOf(stable));
  expect(others.every(({ running }) => !running)).toBe(true);
  expect(world.store.unfinished()).toEqual([]);
  expect(world.store.list('orders').filter(({ status }) => status === 'stable' || status === 'candidate')).toHaveLength(
    1,
  );
  expect(world.lost).toBe(0);
  const lines = readJournal(path);
  const last = lines.findLast((line) => line.type === 'rollout');
  if (last?.type !== 'rollout') return;
  expect(['Succeeded', 'RolledBack']).toContain(last.state);
  const { rollout, from, to } = last;
  const back = [expect.stringMatching(/rolled-back|held/), from] as const;
  const [outcome, serves] = last.state === 'Succeeded' ? ['promoted', to] : back;
  expect(endsIn(lines).filter((line) => line.rollout === rollout)).toEqual([
    expect.objectContaining({ rollout, from, to, outcome }),
  ]);
  expect(stable?.label).toBe(serves);
}

const endsIn = (lines: readonly JournalLine[]) => lines.filter((line) => line.type === 'rollout-ended');

/** Dies at the first line of this kind, and nobody has come yet. */
async function diedAt(isLast: (line: JournalLine) => boolean) {
  const path = join(folder, 'died.ndjson');
  const file = new FileJournal(path);
  files.push(file);
  const world = new FakeWorld({
    ...{ seed: 'recover', journalPath: path },
    journal: {
      append(observation, options) {
        if (world.dead) throw new Death('killed');
        file.append(observation, options?.durable === true ? {} : options);
        if (!isLast({ at: 0, ...observation })) return;
        world.dead = true;
        throw new Death('killed');
      },
    },
  });
  await expect(deploy({ service: 'orders', image: 'good:2', strategy: STRATEGY }, world.ports())).rejects.toThrow(
    Death,
  );
  world.dead = false;
  return { world, path, ports: { ...world.ports(), journal: file } };
}

/** As a controller leaves it that died at 20 %. */
async function leftInTheMiddle(world: FakeWorld, ports: DeliveryPorts, journalPath: string): Promise<void> {
  const [first, second] = world.store.list('orders');
  const begun = readJournalLeniently(journalPath).lines.find((line) => line.type === 'rollout');
  if (first === undefined || second === undefined || begun?.type !== 'rollout') throw new Error('nothing was deployed');
  const rollout = { id: begun.rollout, journalPath, strategy: recordOf(STRATEGY) };
  world.store.put({ ...first, status: 'stable' }, { ...second, status: 'candidate', rollout });
  for (const revision of [first, second]) {
    await ports.revive(revision, { timeoutMs: 1 });
    await ports.admit(revision);
  }
  await ports.setWeights('orders', { blue: 80, green: 20 });
}

describe('recover', () => {
  it('undoes what was asked for: with its settings, and only the steps that were begun', async () => {
    const undone: string[] = [];
    const asked = canary({ steps: [100], stopGraceMs: 777 });
    const { path, ports, world } = await dieAndRecover('good:2', 6, 'after', { strategy: asked });
    expect(readJournal(path).some((line) => line.type === 'action' && line.action === 'undo-start')).toBe(true);
    const candidate = world.store.list('orders')[1];
    if (candidate === undefined) throw new Error('no second revision');
    const strategy = recordOf(asked);
    world.store.put({ ...candidate, status: 'candidate', rollout: { id: 'rollout-x', strategy } });
    const stop: typeof ports.stop = async (revision, options) => {
      undone.push(`${revision.label} within ${options.graceMs} ms`);
      return ports.stop(revision, options);
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

  it('tells the end of a rollout that died before it could, by its mark alone', async () => {
    const { world, ports, path } = await diedAt((line) => line.type === 'rollout' && line.state === 'Succeeded');
    await recover({ ports });
    expect(endsIn(readJournal(path))).toMatchObject([{ outcome: 'promoted', to: 'orders-r2' }]);
    expect(world.store.unfinished()).toEqual([]);
  });

  it('counts the steps by their place, whatever their options are called', async () => {
    const numbered = defineStep({
      kind: 'numbered',
      options: z.strictObject({ step: z.number() }),
      describe: () => 'numbered',
      run: async () => undefined,
    });
    const asked = canary({ steps: [100], ...SETTINGS });
    const strategy = { ...asked, steps: [numbered({ step: 99 }), ...asked.steps] };
    const journal = new MemoryJournal();
    const world = new FakeWorld({ seed: 'recover', journal });
    await deploy({ service: 'orders', image: 'good:2', strategy }, world.ports());
    const lines = journal.lines.flatMap((line) =>
      line.type === 'action' && line.action === 'numbered' ? [line.detail] : [],
    );
    expect(lines).toMatchObject([{ step: 0 }, { step: 0 }]);
  });

  describe('says how a rollout ended that the next command ends', () => {
    /** Dies at the first line of this kind, under a scenario; then another run, with a journal of its own, ends it. */
    async function endedByNext(image: string, isLast: (line: JournalLine) => boolean) {
      const whole = await dieAndRecover(image, Infinity, 'after');
      const dieAt = readJournal(whole.path).findIndex(isLast) + 1;
      const journal = new MemoryJournal();
      const { path, world } = await dieAndRecover(image, dieAt, 'after', { next: journal, scenario: 'act-2' });
      return { own: endsIn(readJournal(path)), next: endsIn(journal.lines), lines: readJournal(path), world, path };
    }

    it('in the journal that it stood in, under its scenario, and in that of the next run', async () => {
      const isAtTwenty = (line: JournalLine) => line.type === 'rollout' && line.weight === 20;
      const { own, next, lines } = await endedByNext('good:2', isAtTwenty);
      const [begun] = lines.filter(({ type }) => type === 'rollout');
      const reason =
        /^its controller died in Analyzing at weight 20 %; the guardian gave the 20 % of orders-r2 back to orders-r1 /;
      const ended = {
        ...{ outcome: 'rolled-back', cause: 'controller-died', startedAtMs: begun?.at, from: 'orders-r1' },
        ...{ reason: expect.stringMatching(reason), weightsReached: [20], judgements: 0 },
        ...{ endedAtMs: expect.any(Number), rolledBackAtMs: expect.any(Number), strategy: STRATEGY.name },
      };
      expect(own).toEqual([expect.objectContaining({ ...ended, scenario: 'act-2' })]);
      expect(next).toEqual([expect.objectContaining(ended)]);
      expect(next[0]).not.toHaveProperty('scenario');
    });

    it('with the reason that it was going back for already', async () => {
      const { own } = await endedByNext('errors:2', (line) => line.type === 'rollout' && line.state === 'RollingBack');
      const reason = expect.stringMatching(
        /^more errors than stable: .*; its controller died in RollingBack at weight 0 %$/,
      );
      expect(own).toMatchObject([{ outcome: 'rolled-back', reason, judgements: expect.any(Number) }]);
    });

    it('as promoted, without a cause, where it was retiring the old revision', async () => {
      const { own } = await endedByNext('good:2', (line) => line.type === 'rollout' && line.state === 'Retiring');
      expect(own).toMatchObject([{ outcome: 'promoted', to: 'orders-r2', weightsReached: [20, 100] }]);
      expect(own[0]).not.toHaveProperty('cause');
    });

    it('with the requests of the windows that were still written', async () => {
      const file = new FileJournal(join(folder, 'windows.ndjson'));
      files.push(file);
      const about = { rollout: 'rollout-x', service: 'orders', strategy: 'canary', from: 'orders-r1', to: 'orders-r2' };
      const window = (startMs: number, service: string) => {
        const counts = (requests: number) => ({ requests, errors: 1, clientErrors: 0 });
        const revisions = { 'orders-r1': counts(10), 'orders-r2': counts(3) };
        file.append({ type: 'traffic-window', service, startMs, lengthMs: 1_000, revisions });
      };
      file.append({ type: 'rollout', ...about, state: 'Pending', weight: 0 }, { atMs: 5_000 });
      for (const startMs of [4_000, 5_000, 6_000]) window(startMs, 'orders');
      window(6_000, 'gateway');
      const world = new FakeWorld({ seed: 'windows', journal: new MemoryJournal() });
      await recover({ journalPath: file.path, ports: world.ports() });
      const samples = {
        from: { requests: 20, errors: 2, clientErrors: 0 },
        to: { requests: 6, errors: 2, clientErrors: 0 },
      };
      expect(endsIn(readJournal(file.path))).toMatchObject([{ startedAtMs: 5_000, samples }]);
    });

    it('only once, and by that line alone where all was done', async () => {
      const { own, lines, path, world } = await endedByNext(
        'good:2',
        (line) => line.type === 'rollout' && line.state === 'Succeeded',
      );
      expect(own).toMatchObject([{ outcome: 'promoted' }]);
      expect(lines.at(-1)?.type).toBe('rollout-ended');
      await recover({ journalPath: path, ports: world.ports() });
      expect(readJournal(path)).toHaveLength(lines.length);
    });
  });

  it('does its work although lines of the journal cannot be read', async () => {
    const { path, ports, world } = await dieAndRecover('good:2', Infinity, 'after');
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const isAtTwenty = (line: string) => /"state":"Analyzing".*"weight":20/.test(line);
    const written = lines.slice(0, lines.findIndex(isAtTwenty) + 1);
    writeFileSync(
      path,
      [...written.slice(0, 3), 'no line', ...written.slice(3), '{"at":1,"type":"unheard-of"}', ''].join('\n'),
    );
    await leftInTheMiddle(world, ports, path);
    expect(await recover({ ports })).toMatchObject([{ outcome: 'rolled-back', to: 'orders-r2' }]);
    expect(world.share('orders-r1')).toBe(100);
    expect(world.lives('orders-r2')).toBe(false);
    expect(world.store.unfinished()).toEqual([]);
    expect(await recover({ ports })).toEqual([]);
  });

  it('goes back although the controller died while it retired the old revision, when only that one is usable', async () => {
    const isRetiring = (line: JournalLine) => line.type === 'rollout' && line.state === 'Retiring';
    const { world, ports, path } = await diedAt(isRetiring);
    const replica = world.containers.get('orders-r2');
    if (replica !== undefined) replica.running = false;
    const [recovered] = await recover({ journalPath: path, ports });
    expect(recovered).toMatchObject({ outcome: 'rolled-back' });
    expect(recovered?.reason).toContain('orders-r2 is not usable');
    expect(world.share('orders-r1')).toBe(100);
    expect(world.store.list('orders').map(({ status }) => status)).toEqual(['stable', 'failed']);
    expect(world.store.unfinished()).toEqual([]);
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
