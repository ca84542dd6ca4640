import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { deploy } from '../controller';
import { recover } from '../recover';
import { replicaFactsIn } from '../revisions/replica-facts';
import { Death } from '../testing/fake-process';
import { FakeWorld, type Behaviour, type FakeWorldOptions } from '../testing/fake-world';
import { rolling, type RollingOptions } from './rolling';

const SETTINGS = { riseToDetect: 0.2, minReadyMs: 500, bakeMs: 1_000, readyTimeoutMs: 10_000 };

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'good:1': { bootMs: 1_500 },
  'good:2': { bootMs: 1_500 },
  'errors:2': { bootMs: 1_500, errorRatio: 0.2 },
  'slow:2': { latencyMs: 408 },
  'never-ready:2': { neverReady: true },
  'one-of-them:2': { readyReplicas: 1 },
};

interface Seen {
  /** The fewest that were ready, and the most that ran, of both revisions, at any instant: by the world itself. */
  fewestReady: number;
  mostRunning: number;
}

async function release(image: string, asked: RollingOptions, options: Partial<FakeWorldOptions> = {}) {
  const journal = new MemoryJournal();
  const world = new FakeWorld({ seed: 'rolling', journal, behaviours: BEHAVIOURS, replicas: 4, ...options });
  const seen: Seen = { fewestReady: Infinity, mostRunning: 0 };
  world.everySlice = () => {
    const inUse = Object.values(world.slots).flatMap(({ label, state }) => (state === 'ready' && label ? [label] : []));
    const ready = inUse.reduce((sum, label) => sum + world.readyReplicas(label), 0);
    const running = [...world.containers.keys()].reduce((sum, label) => sum + world.runningReplicas(label), 0);
    seen.fewestReady = Math.min(seen.fewestReady, ready);
    seen.mostRunning = Math.max(seen.mostRunning, running);
  };
  const strategy = rolling({ ...SETTINGS, ...asked });
  const result = await deploy({ service: 'orders', image, strategy }, world.ports());
  return { world, journal, result, seen };
}

describe('rolling', () => {
  it.each([
    [{ maxSurge: 1, maxUnavailable: 0 }, [20, 25, 40, 50, 60, 75, 80, 100]],
    [{ maxSurge: 1, maxUnavailable: 1 }, [20, 33, 60, 75, 80, 100]],
    [{ maxSurge: '100%', maxUnavailable: 0 }, [50, 100]],
    [{ maxSurge: 0, maxUnavailable: 1 }, [25, 33, 50, 67, 75, 100]],
  ])('exchanges four replicas by %j, and the weights follow those that are ready', async (asked, weights) => {
    const { world, result, seen, journal } = await release('good:2', asked);
    expect(result).toMatchObject({ outcome: 'promoted', weightsReached: weights });
    const { replicas } = result;
    expect(replicaFactsIn(journal.lines, result.rollout)).toEqual(replicas);
    expect(replicas?.fewestReady).toBeGreaterThanOrEqual(replicas?.promised ?? Infinity);
    expect(replicas?.mostRunning).toBeLessThanOrEqual(replicas?.limit ?? 0);
    // The journal hides nothing.
    expect(seen).toEqual({ fewestReady: replicas?.fewestReady, mostRunning: replicas?.mostRunning });
    expect(world.lost).toBe(0);
    expect(world.readyReplicas('orders-r2')).toBe(4);
    expect(world.runningReplicas('orders-r1')).toBe(0);
  });

  it('keeps its promise in the journal only where it is kept: a replica that dies is a breach', async () => {
    const journal = new MemoryJournal();
    const world = new FakeWorld({ seed: 'rolling', journal, behaviours: BEHAVIOURS, replicas: 4 });
    const ports = world.ports();
    const start: typeof ports.start = async (revision, options) => {
      await ports.start(revision, options);
      await ports.thin(world.store.list('orders')[0] ?? revision, { keep: 2, drainMs: 1, graceMs: 1 });
    };
    const strategy = rolling({ ...SETTINGS, maxSurge: 1, maxUnavailable: 0 });
    const { replicas } = await deploy({ service: 'orders', image: 'good:2', strategy }, { ...ports, start });
    expect(replicas?.promised).toBe(4);
    expect(replicas?.fewestReady).toBeLessThan(4);
  });

  it.each([
    ['errors:2', 'more errors than stable'],
    ['slow:2', 'slower than stable'],
    ['never-ready:2', '0 of 1 replicas ready'],
    ['one-of-them:2', '1 of 3 replicas ready'],
  ])('takes %s back in the same way, with no fewer ready than promised', async (image, reason) => {
    const { world, result, seen } = await release(image, { maxSurge: 1, maxUnavailable: 1 });
    expect(result.outcome).toBe('rolled-back');
    expect(result.reason).toContain(reason);
    expect(Math.max(0, ...result.weightsReached)).toBeLessThan(50);
    expect(seen.fewestReady).toBeGreaterThanOrEqual(3);
    expect(seen.mostRunning).toBeLessThanOrEqual(5);
    expect(world.lost).toBe(0);
    expect(world.share('orders-r1')).toBe(100);
    expect(world.readyReplicas('orders-r1')).toBe(4);
    expect(world.runningReplicas('orders-r2')).toBe(0);
  });

  it('starts a replica of stable before it takes a bad one away, where none may be missing', async () => {
    const behaviours = { ...BEHAVIOURS, 'turns-bad:2': { bootMs: 1_500, errorRatio: 0.3, errorsAfterMs: 14_000 } };
    const { world, result, seen } = await release('turns-bad:2', { maxSurge: 1, maxUnavailable: 0 }, { behaviours });
    expect(result.outcome).toBe('rolled-back');
    // Some of stable had gone by then.
    expect(Math.max(...result.weightsReached)).toBeGreaterThan(25);
    expect(seen).toEqual({ fewestReady: 4, mostRunning: 5 });
    expect(world.lost).toBe(0);
    expect(world.readyReplicas('orders-r1')).toBe(4);
    expect(world.runningReplicas('orders-r2')).toBe(0);
  });

  it('gives stable everything although its replicas cannot be brought back, and says so', async () => {
    const journal = new MemoryJournal();
    const behaviours = { ...BEHAVIOURS, 'turns-bad:2': { errorRatio: 0.3, errorsAfterMs: 14_000 } };
    const world = new FakeWorld({ seed: 'rolling', journal, behaviours, replicas: 4 });
    const ports = world.ports();
    const revive: typeof ports.revive = () => Promise.reject(new Error('no space left'));
    const strategy = rolling({ ...SETTINGS, maxSurge: 1, maxUnavailable: 0 });
    const result = await deploy({ service: 'orders', image: 'turns-bad:2', strategy }, { ...ports, revive });
    expect(result.outcome).toBe('rolled-back');
    expect(result.reason).toContain('could not be exchanged back one by one: no space left');
    expect(result.reason).toContain('orders-r1 lacks replicas: no space left');
    expect(world.share('orders-r1')).toBe(100);
    expect(world.runningReplicas('orders-r2')).toBe(0);
    expect(world.lost).toBe(0);
  });

  it('goes one replica after the other as blue-green does: both run, and stable is kept warm', async () => {
    const { result, seen, world, journal } = await release('good:2', {}, { replicas: 1 });
    expect(result).toMatchObject({ outcome: 'promoted', weightsReached: [50, 100] });
    expect(seen).toEqual({ fewestReady: 1, mostRunning: 2 });
    expect(world.lost).toBe(0);
    const baked = journal.lines.find((line) => line.type === 'rollout' && line.state === 'Baking');
    expect(baked).toBeDefined();
  });

  it('measures the gap where the only replica has to go first', async () => {
    const { result, world } = await release('good:2', { maxSurge: 0, maxUnavailable: 1 }, { replicas: 1 });
    expect(result).toMatchObject({ outcome: 'promoted', outages: [{ unserved: world.lost }] });
    expect(world.lost).toBeGreaterThan(0);
    expect(world.mostRunning).toBe(1);
  });

  it.each([
    [{ maxSurge: 0, maxUnavailable: 0 }, /cannot both be 0/],
    [{ maxSurge: '0%', maxUnavailable: 0 }, /cannot both be 0/],
    [{ maxSurge: '101%' }, /maxSurge/],
    [{ maxSurge: 'many' }, /maxSurge/],
    [{ maxUnavailable: -1 }, /maxUnavailable/],
    [{ maxUnavailable: 1.5 }, /maxUnavailable/],
  ])('refuses %j', (asked, message) => {
    expect(() => rolling(asked)).toThrow(message);
  });
});

describe('a controller that dies while it exchanges replicas', () => {
  /** Dies once it has stopped some of stable for the n-th time; nobody has come yet but the guardian. */
  async function died(
    asked: RollingOptions,
    { nth = 1, behaviours = {} }: { nth?: number } & Partial<FakeWorldOptions> = {},
  ) {
    const journal = new MemoryJournal();
    let stops = 0;
    const world: FakeWorld = new FakeWorld({
      seed: 'rolling',
      replicas: 4,
      behaviours,
      journal: {
        append(line, options) {
          if (world.dead) throw new Death('killed');
          journal.append(line, options);
          if (line.type !== 'replicas' || line.moment !== 'stopped' || (stops += 1) < nth) return;
          world.dead = true;
          throw new Death('killed');
        },
      },
    });
    const strategy = rolling({ ...SETTINGS, ...asked });
    const dying = deploy({ service: 'orders', image: 'good:2', strategy }, world.ports());
    await expect(dying).rejects.toThrow(Death);
    return world;
  }

  it.each([
    { maxSurge: 1, maxUnavailable: 1 },
    { maxSurge: 0, maxUnavailable: 1 },
  ])('has all of stable’s replicas started again by its guardian, by %j', async (asked) => {
    const world = await died(asked);
    expect(world.readyReplicas('orders-r1')).toBe(4);
    expect(world.share('orders-r1')).toBe(100);
  });

  it('gives the new revision nothing more when the next command ends it', async () => {
    // Those that the guardian has started are not ready yet: the replicas are exchanged back one by one.
    const behaviours = { 'good:1': { bootMs: 4_000 } };
    const world = await died({ maxSurge: 1, maxUnavailable: 1 }, { nth: 2, behaviours });
    world.dead = false;
    const ports = { ...world.ports(), journal: new MemoryJournal() };
    const given: number[] = [];
    const setWeights: typeof ports.setWeights = (service, weights, terms) => {
      given.push(weights.green);
      return ports.setWeights(service, weights, terms);
    };
    expect(await recover({ ports: { ...ports, setWeights } })).toMatchObject([{ outcome: 'rolled-back' }]);
    expect(new Set(given)).toEqual(new Set([0]));
    expect(world.readyReplicas('orders-r1')).toBe(4);
    expect(world.runningReplicas('orders-r2')).toBe(0);
    expect(world.lost).toBe(0);
  });
});
