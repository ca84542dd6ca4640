import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { HarnessError } from '../../core/errors';
import { deploy } from '../controller';
import { blueGreen } from '../strategies/blue-green';
import { canary } from '../strategies/canary';
import { recreate } from '../strategies/recreate';
import { rolling } from '../strategies/rolling';
import type { Strategy } from '../strategies/strategy';
import { FakeWorld, type Behaviour } from '../testing/fake-world';
import { tellsOfExits } from './exits';

const QUICK = { riseToDetect: 0.1, minReadyMs: 500, bakeMs: 15_000, minStepMs: 12_000, windowMs: 500 };
const CANARY = canary({ steps: [20, 100], ...QUICK });
const STRATEGIES: readonly (readonly [string, Strategy])[] = [
  ['canary', CANARY],
  ['blue-green', blueGreen(QUICK)],
  ['rolling', rolling(QUICK)],
  ['recreate', recreate(QUICK)],
];

async function release(behaviour: Behaviour, { strategy = CANARY, ratePerSecond = 120 } = {}) {
  const journal = new MemoryJournal();
  const world = new FakeWorld({ seed: 'exits', journal, ratePerSecond, behaviours: { 'next:2': behaviour } });
  const result = await deploy({ service: 'orders', image: 'next:2', strategy }, world.ports());
  return { world, journal, result };
}

describe('a release whose container ends by itself', () => {
  it.each(STRATEGIES)('is given up at once by %s, and the reason says with what', async (_name, strategy) => {
    const { result } = await release({ exitsAfterMs: 10_000, exitCode: 3 }, { strategy });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-dead' });
    expect(result.reason).toMatch(
      /^orders-r2 ended by itself with exit code 3 after 10\.0 s: the price list has no currency/,
    );
    expect(result.reason?.match(/ended by itself/g)).toHaveLength(1);
  });

  it('for want of memory is told so', async () => {
    const { result } = await release({ exitsAfterMs: 4_000, exitCode: 'oom' });
    expect(result.reason).toMatch(/^orders-r2 was killed for want of memory \(OOM\) after 4\.0 s/);
  });

  it('again and again before it is ready is given up long before its time is over', async () => {
    const { result } = await release({ exitsAfterMs: 600, bootMs: 5_000 });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-ready', weightsReached: [] });
    expect(result.reason).toMatch(/ended by itself with exit code 1 after 0\.6 s: .* \(5 times so far\)$/);
    expect(result.endedAtMs - result.startedAtMs).toBeLessThan(15_000);
  });
});

describe('an error', () => {
  it('tells of ends of containers by its facts, whatever words a user’s own programs have', () => {
    const error = (message: string, facts: Record<string, unknown> = {}) =>
      new HarnessError('release-rejected', { message, facts });
    const exit = { revision: 'orders-r2', container: 'orders-r2-1', atMs: 1, ranMs: 1, exitCode: 1 };
    expect(tellsOfExits(error('the job ended by itself (OOM)'))).toBe(false);
    expect(tellsOfExits(error('more errors', { exits: [exit] }))).toBe(true);
    expect(tellsOfExits(error('compose up', { unready: [{ isOutOfMemory: false }, { isOutOfMemory: true }] }))).toBe(
      true,
    );
    expect(tellsOfExits(error('compose up', { unready: [{ isOutOfMemory: false }] }))).toBe(false);
    expect(tellsOfExits(new Error('it ended by itself'))).toBe(false);
  });
});

describe('ends of containers that are no fault of the release', () => {
  /** One replica of the new revision ends so long after the rollout began, and with it as many of stable. */
  async function ending(atMs: number, { replicas = 1, ofStable = 0, times = 1 }) {
    const journal = new MemoryJournal();
    const world = new FakeWorld({ seed: 'innocent', journal, replicas });
    const beganAtMs = world.nowMs;
    let told = false;
    world.everySlice = () => {
      if (told || world.nowMs - beganAtMs < atMs) return;
      told = true;
      const exit = { atMs: world.nowMs, ranMs: 2_000, exitCode: 1, isOutOfMemory: false };
      for (let index = 0; index < ofStable; index += 1) {
        world.tellExit({ ...exit, revision: 'orders-r1', container: `orders-r1-${index}` });
      }
      for (let time = 0; time < times; time += 1) {
        world.tellExit({ ...exit, revision: 'orders-r2', container: 'orders-r2-1' });
      }
    };
    return deploy({ service: 'orders', image: 'next:2', strategy: CANARY }, world.ports());
  }

  it('one of three replicas once is one that is sick', async () => {
    expect((await ending(6_000, { replicas: 3 })).outcome).toBe('promoted');
  });

  it('but twice it is the release', async () => {
    const result = await ending(6_000, { replicas: 3, times: 2 });
    expect(result.outcome).toBe('rolled-back');
    expect(result.reason).toMatch(/exit code 1 after 2\.0 s \(2 times so far\)/);
  });

  it('of both revisions at once are of what both need', async () => {
    expect((await ending(6_000, { ofStable: 1 })).outcome).toBe('promoted');
  });

  it('but alone it is the release', async () => {
    expect((await ending(6_000, {})).outcome).toBe('rolled-back');
  });
});

describe('a replica of several that has ended once', () => {
  it('is not promoted before it has run for twice as long', async () => {
    const journal = new MemoryJournal();
    const world = new FakeWorld({ seed: 'once', journal, replicas: 3 });
    const ranMs = 20_000;
    let exitAtMs: number | undefined;
    world.everySlice = () => {
      if (exitAtMs !== undefined || world.share('orders-r2') !== 100) return;
      exitAtMs = world.nowMs;
      const exit = { atMs: exitAtMs, ranMs, exitCode: 1, isOutOfMemory: false };
      world.tellExit({ ...exit, revision: 'orders-r2', container: 'orders-r2-1' });
    };
    const result = await deploy({ service: 'orders', image: 'next:2', strategy: CANARY }, world.ports());
    expect(result.outcome).toBe('promoted');
    expect(result.endedAtMs - (exitAtMs ?? 0)).toBeGreaterThanOrEqual(2 * ranMs);
  });
});

describe('an end that the Engine tells of after the judge has decided', () => {
  it('is in the reason all the same', async () => {
    const journal = new MemoryJournal();
    const world = new FakeWorld({ seed: 'late', journal, behaviours: { 'next:2': { errorRatio: 0.9 } } });
    let told = false;
    world.everySlice = () => {
      if (told || !journal.lines.some((line) => line.type === 'rollout' && line.state === 'Aborting')) return;
      told = true;
      const exit = { atMs: world.nowMs, ranMs: 10_000, exitCode: 137, isOutOfMemory: true };
      world.tellExit({ ...exit, revision: 'orders-r2', container: 'orders-r2-1' });
    };
    const result = await deploy({ service: 'orders', image: 'next:2', strategy: CANARY }, world.ports());
    expect(result.reason).toMatch(
      /^more errors than stable.*; orders-r2 was killed for want of memory \(OOM\) after 10\.0 s/,
    );
  });
});

describe('a release that comes and goes', () => {
  it('is never promoted, short as each of its absences is', async () => {
    const { result } = await release({ flapMs: 2_000 });
    expect(result.outcome).toBe('rolled-back');
    expect(result.cause).toMatch(/^release-(?:dead|not-ready|rejected)$/);
    expect(result.reason).toMatch(/; orders-r2 (?:was not usable|comes and goes)/);
  });

  it('is told so where nothing else finds it', async () => {
    const { result } = await release({ flapMs: 2_000 }, { strategy: canary({ steps: [20, 100] }), ratePerSecond: 0.1 });
    expect(result.reason).toMatch(
      /^orders-r2 never stayed ready for 10000 ms: its readiness broke off \d+ times \(0 of 1 replicas ready\)/,
    );
    const flapping = { strategy: CANARY, ratePerSecond: 0.1 };
    const { result: later } = await release({ flapMs: 2_000 }, flapping);
    expect(later.reason).toMatch(/^orders-r2 comes and goes: not usable \d times within 60 s, 6\d{3} ms in all/);
  });
});

describe('what the log of a bad release says', () => {
  const complaint = 'column "gift_note" does not exist';

  it('is told with the verdict', async () => {
    const { result } = await release({ errorRatio: 0.5, complaint });
    expect(result.reason).toMatch(/^more errors than stable.*; the log of orders-r2 says 3 times: column "gift_note"/);
  });

  it('is nothing where it complains of nothing', async () => {
    const { result } = await release({ errorRatio: 0.5 });
    expect(result.reason).not.toMatch(/the log of/);
  });
});

describe('a release that ignores SIGTERM', () => {
  it('is told of where it is stopped, and so is the stable one that does', async () => {
    const bad = await release({ errorRatio: 0.5, ignoresStop: true });
    expect(bad.result.reason).toMatch(/orders-r2-1 ignored SIGTERM for 10000 ms, and had to be killed$/);
    const journal = new MemoryJournal();
    const world = new FakeWorld({ seed: 'term', journal, behaviours: { 'good:1': { ignoresStop: true } } });
    const result = await deploy({ service: 'orders', image: 'next:2', strategy: CANARY }, world.ports());
    expect(result).toMatchObject({
      outcome: 'promoted',
      reason: expect.stringMatching(/^orders-r1-1 ignored SIGTERM/),
    });
  });

  it('is not said of one that ends in time', async () => {
    const { result } = await release({ errorRatio: 0.5 });
    expect(result.reason).not.toMatch(/SIGTERM/);
  });
});
