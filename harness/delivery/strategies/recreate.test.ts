import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { rolloutSentence } from '../../contract/rollout-words';
import { deploy } from '../controller';
import type { RequestSample } from '../ports';
import { hold } from '../steps/hold';
import { ready } from '../steps/ready';
import { start } from '../steps/start';
import { vacate } from '../steps/vacate';
import { weight } from '../steps/weight';
import { Death } from '../testing/fake-process';
import { FakeWorld, type FakeWorldOptions } from '../testing/fake-world';
import { blueGreen } from './blue-green';
import { inSteps } from './in-steps';
import { recreate } from './recreate';

const SETTINGS = { riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 3_000, readyTimeoutMs: 5_000 };

const BEHAVIOURS = {
  'errors:2': { errorRatio: 0.2 },
  'slow:2': { latencyMs: 408 },
  'never-ready:2': { neverReady: true },
  'crash:2': { crashesAtBoot: true },
  'dies:2': { diesAfterMs: 2_000 },
};

async function release(image: string, options: Partial<FakeWorldOptions> = {}, strategy = recreate(SETTINGS)) {
  const journal = new MemoryJournal();
  const world = new FakeWorld({ seed: 'recreate', journal, behaviours: BEHAVIOURS, ...options });
  const samples: RequestSample[] = [];
  const ports = world.ports();
  await ports.watch('orders', (sample) => samples.push(sample), new AbortController().signal);
  const result = await deploy({ service: 'orders', image, strategy }, ports);
  /** Who served, in the order of the answers, each once for as long as it went on; `undefined` for nobody. */
  const served = samples.map(({ servedBy }) => servedBy).filter((label, index, all) => label !== all[index - 1]);
  return { world, journal, result, samples, served };
}

describe('recreate', () => {
  it('stops the old revision before the new one starts, and never routes to both', async () => {
    const { world, result, served } = await release('good:2');
    expect(result).toMatchObject({ outcome: 'promoted', strategy: 'recreate', weightsReached: [100] });
    expect(served).toEqual(['orders-r1', undefined, 'orders-r2']);
    expect(world.mostRunning).toBe(1);
    expect(world.share('orders-r2')).toBe(100);
    expect(world.store.list('orders').map(({ status }) => status)).toEqual(['retired', 'stable']);
  });

  it('has both run at once under a strategy that does not take turns: the measure of it can fail', async () => {
    const { world } = await release('good:2', {}, blueGreen(SETTINGS));
    expect(world.mostRunning).toBe(2);
  });

  it('measures the gap: who was not served, and from the last answer of the old to the first of the new', async () => {
    const { world, journal, result, samples } = await release('good:2');
    const unserved = samples.filter(({ servedBy }) => servedBy === undefined).length;
    const ends = (label: string) => samples.flatMap((sample) => (sample.servedBy === label ? [sample.endedAtMs] : []));
    const [lastAnswerAtMs, firstAnswerAtMs] = [Math.max(...ends('orders-r1')), Math.min(...ends('orders-r2'))];
    expect(unserved).toBe(world.lost);
    expect(unserved).toBeGreaterThan(100);
    expect(result.outages).toEqual([{ lastAnswerAtMs, firstAnswerAtMs, unserved }]);
    const figures = journal.lines.flatMap((line) => (line.type === 'measurement' ? [[line.value, line.unit]] : []));
    expect(figures).toEqual([
      [unserved, 'requests'],
      [firstAnswerAtMs - lastAnswerAtMs, 'ms'],
    ]);
    expect(rolloutSentence(result)).toMatch(
      /^promoted: orders-r2 serves everything; nobody served for \d\.\d s: \d+ requests were not answered$/,
    );
  });

  it('does not charge the gap to stable, by which the new revision is measured', async () => {
    const { journal } = await release('good:2');
    const judged = journal.lines.flatMap((line) => (line.type === 'judgement' ? [line.stable] : []));
    expect(judged.length).toBeGreaterThan(0);
    expect(new Set(judged.map(({ errors }) => errors))).toEqual(new Set([0]));
  });

  it('says nothing of a gap under a strategy without one', async () => {
    const { journal, result } = await release('good:2', {}, blueGreen(SETTINGS));
    expect(result.outages).toBeUndefined();
    expect(journal.lines.filter(({ type }) => type === 'measurement')).toEqual([]);
  });

  it.each([
    ['errors:2', 'more errors than stable'],
    ['slow:2', 'slower than stable'],
  ])('takes turns on the way back of %s too, and measures both gaps', async (image, reason) => {
    const { world, result, served } = await release(image);
    expect(result.outcome).toBe('rolled-back');
    expect(result.reason).toContain(reason);
    expect(served).toEqual(['orders-r1', undefined, 'orders-r2', undefined, 'orders-r1']);
    expect(result.outages).toHaveLength(2);
    expect(result.outages?.reduce((sum, { unserved }) => sum + unserved, 0)).toBe(world.lost);
    expect(world.mostRunning).toBe(1);
    expect(world.share('orders-r1')).toBe(100);
    expect(world.lives('orders-r1')).toBe(true);
    expect(world.store.list('orders').map(({ status }) => status)).toEqual(['stable', 'failed']);
  });

  it.each(['crash:2', 'never-ready:2'])('starts stable again where %s never served: one gap', async (image) => {
    const { world, result, served } = await release(image);
    expect(result).toMatchObject({ outcome: 'rolled-back', weightsReached: [], outages: [{ unserved: world.lost }] });
    expect(served).toEqual(['orders-r1', undefined, 'orders-r1']);
    expect(world.mostRunning).toBe(1);
    expect(world.lives('orders-r1')).toBe(true);
  });

  it('gives up what dies while nobody else can serve, whoever judges', async () => {
    const steps = [vacate(), start(), ready(), weight({ percent: 100 }), hold({ forMs: 60_000 })];
    const { result } = await release('dies:2', {}, inSteps({ steps, ...SETTINGS }));
    expect(result.reason).toMatch(/orders-r2 was not usable for \d+ ms at weight 100 %/);
  });

  it('does not wait for stable, which it has stopped, before it goes back from what has died', async () => {
    const journal = new MemoryJournal();
    const world: FakeWorld = new FakeWorld({
      seed: 'recreate',
      journal: {
        append(line, options) {
          journal.append(line, options);
          const isReady = line.type === 'action' && line.action === 'ready' && line.phase === 'result';
          if (isReady) world.stopReplicas('orders-r2');
        },
      },
    });
    const strategy = recreate(SETTINGS);
    const { reason, endedAtMs, startedAtMs } = await deploy(
      { service: 'orders', image: 'good:2', strategy },
      world.ports(),
    );
    expect(reason).toBe(
      'orders-r2 is not usable for 100 % of the traffic; connection refused on port 8080 (GET /readyz); orders-r1 comes back',
    );
    expect(endedAtMs - startedAtMs).toBeLessThan(30_000);
    expect(world.lives('orders-r1')).toBe(true);
  });

  it('stops nothing when there is nothing to compare with', async () => {
    const { world, result } = await release('good:2', { ratePerSecond: 0 });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged' });
    expect(result.outages).toBeUndefined();
    expect(world.lives('orders-r1')).toBe(true);
  });

  it('starts stable no more where the new one cannot be stopped', async () => {
    const journal = new MemoryJournal();
    const world = new FakeWorld({ seed: 'recreate', journal, behaviours: BEHAVIOURS });
    const ports = world.ports();
    const stop: typeof ports.stop = async (revision, options) => {
      if (revision.label === 'orders-r2') throw new Error('the Engine does not answer');
      return ports.stop(revision, options);
    };
    const strategy = recreate(SETTINGS);
    const result = await deploy({ service: 'orders', image: 'errors:2', strategy }, { ...ports, stop });
    expect(result.outcome).toBe('rollback-paused');
    expect(world.mostRunning).toBe(1);
  });
});

describe('a controller that dies while stable is stopped', () => {
  it.each(['stop', 'start', 'bake'])('has stable started again by its guardian, at "%s"', async (at) => {
    const journal = new MemoryJournal();
    const world: FakeWorld = new FakeWorld({
      seed: 'recreate',
      journal: {
        append(line, options) {
          if (world.dead) throw new Death('killed');
          journal.append(line, options);
          const isStopped = line.type === 'action' && line.action === 'stop' && line.phase === 'result';
          const isThere = at === 'stop' ? isStopped : line.type === 'action' && line.action === at;
          if (!isThere) return;
          world.dead = true;
          throw new Death('killed');
        },
      },
    });
    const strategy = recreate(SETTINGS);
    await expect(deploy({ service: 'orders', image: 'good:2', strategy }, world.ports())).rejects.toThrow(Death);
    expect(world.lives('orders-r1')).toBe(true);
    expect(world.lives('orders-r2')).toBe(false);
    expect(world.share('orders-r1')).toBe(100);
    expect(world.ask()).toBe('orders-r1');
    expect(world.mostRunning).toBe(1);
  });
});
