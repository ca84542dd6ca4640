import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import type { Observation } from '../contract/observation';
import { beginRollout, deploy } from './controller';
import type { Rollout } from './handle';
import type { DeliveryPorts } from './ports';
import { blueGreen } from './strategies/blue-green';
import { canary } from './strategies/canary';
import { rolling } from './strategies/rolling';
import type { Strategy } from './strategies/strategy';
import { FakeWorld, type FakeWorldOptions } from './testing/fake-world';

const QUICK = { riseToDetect: 0.1, minReadyMs: 500, bakeMs: 3_000, progressDeadlineMs: 60_000 };
const CANARY = canary({ steps: [20, 100], ...QUICK });

interface Release {
  readonly world: FakeWorld;
  readonly rollout: Rollout;
}

type Told = (observation: Observation, world: FakeWorld) => boolean;

/** A release on which something comes over the world at a line of its journal, which `ports` may look at: since when, or `undefined` before. */
async function release(
  strategy: Strategy,
  at: Told,
  come: (world: FakeWorld) => void,
  options: Partial<FakeWorldOptions> & {
    readonly ports?: (world: FakeWorld, sinceMs: () => number | undefined) => Partial<DeliveryPorts>;
  } = {},
): Promise<Release> {
  const journal = new MemoryJournal();
  const { ports, ...more } = options;
  const world = new FakeWorld({ seed: 'health', journal, ...more });
  let cameAtMs: number | undefined;
  const watching = {
    append: (observation: Observation) => {
      journal.append(observation);
      if (cameAtMs !== undefined || !at(observation, world)) return;
      cameAtMs = world.nowMs;
      come(world);
    },
  };
  const own = { ...world.ports(), ...ports?.(world, () => cameAtMs), journal: watching };
  return { world, rollout: await beginRollout({ service: 'orders', image: 'good:2', strategy }, own) };
}

const nothing = () => undefined;
const onceReady: Told = (line) => line.type === 'action' && line.action === 'ready' && line.phase === 'result';
const inState =
  (state: string): Told =>
  (line) =>
    line.type === 'rollout' && line.state === state;
const isMeasuring: Told = (line) => line.type === 'rollout' && line.reason === 'stable is measured';

function set(world: FakeWorld, running: boolean, ...labels: readonly string[]): void {
  for (const label of labels) Object.assign(world.containers.get(label) ?? {}, { running });
}

/** So many replicas of the new revision are ready, for so long from the line on. */
function lacking(ready: number, forMs: number) {
  return (world: FakeWorld, sinceMs: () => number | undefined): Partial<DeliveryPorts> => {
    const own = world.ports();
    return {
      readyReplicas: async (revision) => {
        const isLacking = revision.label === 'orders-r2' && world.nowMs - (sinceMs() ?? Infinity) >= 0;
        return isLacking && world.nowMs - (sinceMs() ?? 0) < forMs ? ready : own.readyReplicas(revision);
      },
    };
  };
}

describe('a replica that is missing before a weight', () => {
  it.each([
    [1, 'release-not-ready', /^orders-r2 has 1 of 2 replicas ready for 20 % of the traffic; orders-r1 stays/],
    [0, 'release-dead', /^orders-r2 is not usable for 20 % of the traffic; orders-r1 stays/],
  ])('keeps traffic off a release of which %i of 2 are left', async (ready, cause, said) => {
    const options = { replicas: 2, ports: lacking(ready, Infinity) };
    const { world, rollout } = await release(CANARY, onceReady, nothing, options);
    const result = await rollout.ended();
    expect(result).toMatchObject({ outcome: 'rolled-back', cause, weightsReached: [] });
    expect(result.reason).toMatch(said);
    expect(result.samples.to.requests).toBe(0);
    expect(world.lost).toBe(0);
  });

  it.each([0, 1])('is waited for when %i of 2 are left for a moment', async (ready) => {
    const options = { replicas: 2, ports: lacking(ready, 2_500) };
    const { rollout } = await release(CANARY, onceReady, nothing, options);
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted', weightsReached: [20, 100] });
  });

  it('counts for a rollout that was promoted by hand too', async () => {
    const options = { replicas: 2, ports: lacking(1, Infinity) };
    const { rollout } = await release(CANARY, inState('Analyzing'), nothing, options);
    await rollout.reached({ weight: 20 });
    rollout.promote();
    expect(await rollout.ended()).toMatchObject({
      outcome: 'rolled-back',
      cause: 'release-not-ready',
      weightsReached: [20],
    });
  });

  it('is no reason to go back while the old revision is not usable either', async () => {
    const ports = (world: FakeWorld, sinceMs: () => number | undefined): Partial<DeliveryPorts> => ({
      readyReplicas: async (revision) => {
        if (world.nowMs - (sinceMs() ?? Infinity) >= 20_000) set(world, true, 'orders-r1', 'orders-r2');
        return world.ports().readyReplicas(revision);
      },
    });
    const both = (world: FakeWorld) => set(world, false, 'orders-r1', 'orders-r2');
    const { rollout } = await release(CANARY, onceReady, both, { ports });
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted', weightsReached: [20, 100] });
  });
});

describe('the health of a release that has been ready', () => {
  it('is watched while stable is measured, before it has any traffic', async () => {
    const strategy = blueGreen(QUICK);
    const dies = (world: FakeWorld) => set(world, false, 'orders-r2');
    const { world, rollout } = await release(strategy, isMeasuring, dies, { ratePerSecond: 0 });
    const result = await rollout.ended();
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-dead', weightsReached: [] });
    expect(result.reason).toMatch(/^orders-r2 was not usable for \d+ ms at weight 0 %/);
    expect(world.lost).toBe(0);
  });

  it('is not looked at before it has been ready', async () => {
    let isStarting = false;
    const ports = (world: FakeWorld): Partial<DeliveryPorts> => ({
      start: async (revision, options) => {
        isStarting = true;
        await world.ports().start(revision, options);
      },
    });
    const { world, rollout } = await release(CANARY, inState('Preflight'), nothing, { ports });
    rollout.pause();
    const pausedAtMs = world.nowMs;
    for (let idle = 0; idle < 100_000 && world.nowMs - pausedAtMs < 10_000; idle += 1) await Promise.resolve();
    expect([isStarting, world.nowMs - pausedAtMs >= 10_000]).toEqual([false, true]);
    rollout.resume();
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted' });
  });

  /** At weight 20 some revisions stop answering, and all are back after so long. */
  const unready = (labels: readonly string[], forMs: number) =>
    release(CANARY, inState('Analyzing'), (world) => set(world, false, ...labels), {
      ratePerSecond: 0,
      ports: (world, sinceMs) => ({
        usable: async (revision) => {
          const isBack = world.nowMs - (sinceMs() ?? Infinity) >= forMs;
          if (isBack) set(world, true, 'orders-r1', 'orders-r2');
          if (isBack) world.ratePerSecond = 120;
          return world.ports().usable(revision);
        },
      }),
    });

  it('is no reason to go back while the old revision is as unready', async () => {
    const { rollout } = await unready(['orders-r1', 'orders-r2'], 20_000);
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted', weightsReached: [20, 100] });
  });

  it('is one when only the new revision is unready', async () => {
    const { rollout } = await unready(['orders-r2'], 20_000);
    expect(await rollout.ended()).toMatchObject({ outcome: 'rolled-back', cause: 'release-dead' });
  });
});

describe.each([CANARY, blueGreen(QUICK), rolling(QUICK)])(
  'a release that never gets ready, by $name',
  ({ name, steps, settings }) => {
    it('is given up within its timeout and a second, and stable serves all the time', async () => {
      const behaviours = { 'never:2': { neverReady: true } };
      const world = new FakeWorld({ seed: 'never', journal: new MemoryJournal(), behaviours });
      const strategy = { name, steps, settings: { ...settings, readyTimeoutMs: 20_000 } };
      const {
        outcome,
        cause,
        startedAtMs,
        decidedAtMs = 0,
        samples,
      } = await deploy({ service: 'orders', image: 'never:2', strategy }, world.ports());
      expect([outcome, cause, samples.to.requests, world.lost]).toEqual(['rolled-back', 'release-not-ready', 0, 0]);
      expect(decidedAtMs - startedAtMs).toBeGreaterThanOrEqual(20_000);
      expect(decidedAtMs - startedAtMs).toBeLessThanOrEqual(21_000);
    });
  },
);
