import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { beginRollout, deploy } from '../controller';
import { canary, type CanaryOptions } from '../strategies/canary';
import { blueGreen } from '../strategies/blue-green';
import { recreate } from '../strategies/recreate';
import { rolling } from '../strategies/rolling';
import type { Strategy } from '../strategies/strategy';
import { FakeWorkers, type FakeWorkersOptions } from '../testing/fake-workers';

const SETTINGS = { riseToDetect: 0.1, bakeMs: 1_000, readyTimeoutMs: 10_000, inconclusiveMs: 60_000 };
const HANDLING = {
  'good:2': { bootMs: 500 },
  'fails:2': { failRatio: 0.3 },
  'slow:2': { tookMs: 200 },
  'never-ready:2': { neverReady: true },
  'crashes:2': { crashesAtBoot: true },
};

function world(options: Partial<FakeWorkersOptions> = {}) {
  const journal = new MemoryJournal();
  return { journal, workers: new FakeWorkers({ journal, handling: HANDLING, ...options }) };
}

async function release(
  image: string,
  { strategy, ...options }: Partial<FakeWorkersOptions> & { readonly strategy?: Strategy } = {},
) {
  const made = world(options);
  const by = strategy ?? canary({ steps: [25, 50, 100], ...SETTINGS });
  const result = await deploy({ service: 'mailer', image, strategy: by }, made.workers.ports());
  return { ...made, result };
}

function expectNothingLost({ lost, effects, deadLetters }: FakeWorkers): void {
  expect(lost).toBe(0);
  expect([...effects.values()].every((times) => times === 1)).toBe(true);
  expect(deadLetters.filter((id) => effects.has(id))).toEqual([]);
}

describe('a rollout of a worker', () => {
  it('exchanges its consumers by the steps of a canary: one of four, two of four, all', async () => {
    const { workers, journal } = world();
    const seen = new Set<string>();
    workers.everySlice = () => seen.add(`${workers.running('mailer-r1')} and ${workers.running('mailer-r2')}`);
    const strategy = canary({ steps: [25, 50, 100], ...SETTINGS });
    const result = await deploy({ service: 'mailer', image: 'good:2', strategy }, workers.ports());
    expect(result).toMatchObject({ outcome: 'promoted', weightsReached: [25, 50, 100] });
    for (const step of ['3 and 1', '2 and 2', '0 and 4']) expect(seen).toContain(step);
    // Capacity is never less than it was, and grows by a step at most.
    expect(workers.fewestRunning).toBe(4);
    expect(workers.mostRunning).toBeLessThanOrEqual(6);
    const judged = journal.lines.flatMap((line) => (line.type === 'judgement' ? [line.canary.requests] : []));
    expect(Math.max(...judged)).toBeGreaterThan(50);
    expectNothingLost(workers);
  });

  it.each([
    ['fails:2', 'more errors than stable'],
    ['slow:2', 'slower than stable'],
    ['never-ready:2', 'never became ready: 0 of 1 replicas ready'],
    ['crashes:2', 'exited with 1'],
  ])('brings all consumers of stable back from %s', async (image, because) => {
    const { workers, result } = await release(image);
    expect(result.outcome).toBe('rolled-back');
    expect(result.reason).toContain(because);
    expect([workers.running('mailer-r1'), workers.running('mailer-r2')]).toEqual([4, 0]);
    expect(workers.store.unfinished()).toEqual([]);
    expect(result).toMatchObject({ routedToCandidateAfterSwitch: 0 });
    workers.pass(5_000);
    expect(workers.queue.length).toBeLessThan(5);
    expectNothingLost(workers);
  });

  it('never rolls the same consumer back for what fails for both', async () => {
    const fails = { failRatio: 0.05 };
    const { result } = await release('twin:2', { handling: { 'good:1': fails, 'twin:2': fails } });
    expect(result.outcome).toBe('promoted');
  });

  it('sees failures at the last step too, where nothing of stable runs any more', async () => {
    const strategy = canary({ steps: [100], ...SETTINGS });
    const { workers, result } = await release('fails:2', { strategy });
    expect(result).toMatchObject({ outcome: 'rolled-back', weightsReached: [100] });
    expect([workers.running('mailer-r1'), workers.running('mailer-r2')]).toEqual([4, 0]);
    expectNothingLost(workers);
  });

  it('judges outcomes of which nobody says how long they took', async () => {
    const good = await release('good:2', { isUntimed: true });
    expect(good.result.outcome).toBe('promoted');
    const bad = await release('fails:2', { isUntimed: true });
    expect(bad.result.outcome).toBe('rolled-back');
    const slow = await release('slow:2', { isUntimed: true });
    expect(slow.result.outcome).toBe('promoted');
    const switched = await release('good:2', { isUntimed: true, strategy: blueGreen(SETTINGS) });
    expect(switched.result).toMatchObject({ outcome: 'promoted', weightsReached: [100] });
  });

  it.each<[string, (workers: FakeWorkers) => void]>([
    ['tells nothing any more', (workers) => (workers.isSilent = true)],
    ['cannot be asked', (workers) => (workers.isBroken = true)],
  ])('ends inconclusive when its source %s', async (_what, silence) => {
    const { workers, journal } = world();
    silence(workers);
    const strategy = canary({ steps: [25, 100], ...SETTINGS });
    const result = await deploy({ service: 'mailer', image: 'good:2', strategy }, workers.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged' });
    expect(workers.running('mailer-r1')).toBe(4);
    const notes = journal.lines.filter(({ type }) => type === 'note').map((line) => JSON.stringify(line));
    expect(notes.filter((note) => note.includes('cannot be read: connection refused'))).toHaveLength(
      workers.isBroken ? 1 : 0,
    );
  });

  it('can be held, and aborted by hand', async () => {
    const options: CanaryOptions = { steps: [50], holdMs: 2_000, ...SETTINGS };
    const held = await release('good:2', { strategy: canary(options) });
    expect(held.result).toMatchObject({ outcome: 'held', weightsReached: [50] });
    expect(held.workers.running('mailer-r1')).toBe(4);
    const { workers } = world();
    const strategy = canary({ steps: [25, 100], ...SETTINGS });
    const rollout = await beginRollout({ service: 'mailer', image: 'good:2', strategy }, workers.ports());
    await rollout.reached({ weight: 25 });
    expect(await rollout.abort('lunch')).toMatchObject({ outcome: 'aborted' });
    expect([workers.running('mailer-r1'), workers.running('mailer-r2')]).toEqual([4, 0]);
  });

  it('refuses a strategy that follows ready replicas in a front', async () => {
    await expect(release('good:2', { strategy: rolling(SETTINGS) })).rejects.toMatchObject({
      code: 'strategy-invalid',
    });
  });
});

describe('a singleton', () => {
  const SINGLETON = { replicas: 1, settings: { singleton: true } } as const;

  it.each(['good:2', 'fails:2', 'never-ready:2', 'crashes:2'])(
    'never runs twice, whatever becomes of %s',
    async (image) => {
      const { workers, result } = await release(image, { ...SINGLETON, strategy: recreate(SETTINGS) });
      expect(result.outcome).toBe(image === 'good:2' ? 'promoted' : 'rolled-back');
      expect(workers.mostRunning).toBe(1);
      expect(workers.consumers).toHaveLength(1);
      // Where it goes back before anybody has worked again, nobody knows how long the gap is.
      const { lastAnswerAtMs = Infinity, firstAnswerAtMs = Infinity } = result.outages?.[0] ?? {};
      expect(firstAnswerAtMs).toBeGreaterThanOrEqual(lastAnswerAtMs);
      if (image === 'good:2') expect(firstAnswerAtMs - lastAnswerAtMs).toBeGreaterThan(400);
      expectNothingLost(workers);
    },
  );

  it.each([canary({ steps: [100], ...SETTINGS }), blueGreen(SETTINGS)])(
    'is not released by a $name',
    async (strategy) => {
      const { workers } = world(SINGLETON);
      const deployed = deploy({ service: 'mailer', image: 'good:2', strategy }, workers.ports());
      await expect(deployed).rejects.toThrow(/a singleton may never run twice: take `recreate`/);
      expect(workers.store.list('mailer')).toHaveLength(1);
    },
  );
});
