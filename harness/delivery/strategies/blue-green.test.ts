import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { deploy } from '../controller';
import { FakeWorld, type FakeWorldOptions } from '../testing/fake-world';
import { blueGreen } from './blue-green';

const STRATEGY = blueGreen({ riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 3_000 });

const BEHAVIOURS = {
  'errors:2': { errorRatio: 0.2 },
  'slow:2': { latencyMs: 408 },
  'slow-for-some:2': { slowRatio: 0.03, slowMs: 1_500 },
  'wrong:2': { wrongRatio: 0.2 },
  'never-ready:2': { neverReady: true },
};

function release(image: string, options: Partial<FakeWorldOptions> = {}) {
  const journal = new MemoryJournal();
  const world = new FakeWorld({ seed: 'blue-green', journal, behaviours: BEHAVIOURS, ...options });
  return { world, journal, result: deploy({ service: 'orders', image, strategy: STRATEGY }, world.ports()) };
}

describe('blue-green', () => {
  it('switches a good release at once, keeps the old set warm while it bakes, and then stops it', async () => {
    const { world, journal, result } = release('good:2');
    const warm: boolean[] = [];
    const append = journal.append.bind(journal);
    journal.append = (line, options) => {
      if (line.type === 'judgement') warm.push(world.containers.get('orders-r1')?.running === true);
      append(line, options);
    };
    expect(await result).toMatchObject({ outcome: 'promoted', strategy: 'blue-green', weightsReached: [100] });
    expect(warm.length).toBeGreaterThan(2);
    expect(warm).not.toContain(false);
    expect(world.containers.get('orders-r1')).toMatchObject({ running: false });
    expect(world.share('orders-r2')).toBe(100);
    expect(world.lost).toBe(0);
  });

  it('measures stable for as long as the judge of the bake needs', async () => {
    const { journal, result } = release('good:2');
    await result;
    const judged = journal.lines.flatMap((line) => (line.type === 'judgement' ? [line] : []));
    const { stable, power } = judged.at(-1) ?? {};
    // At 120 requests a second a second of readiness would not do: a rise of 10 points against so few is seen with 95 % only after more.
    expect(stable?.requests).toBeGreaterThan(150);
    expect(power).toBeGreaterThanOrEqual(0.95);
  });

  it.each([
    ['errors:2', 'more errors than stable'],
    ['slow:2', 'slower than stable'],
  ])('switches %s back by what stable did before', async (image, reason) => {
    const { world, result } = release(image);
    const { outcome, reason: said, rolledBackAtMs, firstBadResponseAtMs } = await result;
    expect(outcome).toBe('rolled-back');
    expect(said).toContain(reason);
    if (image === 'errors:2') expect((rolledBackAtMs ?? Infinity) - (firstBadResponseAtMs ?? 0)).toBeLessThan(5_000);
    expect(world.share('orders-r1')).toBe(100);
    expect(world.containers.get('orders-r2')).toMatchObject({ running: false });
    expect(world.lost).toBe(0);
  });

  it('sees wrong answers, and a slow tail, against what stable did before and then over the same seconds', async () => {
    const wrong = await release('wrong:2').result;
    expect(wrong.reason).toMatch(/answered wrongly: no order id/);
    const outcomes = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, n) => (await release('slow-for-some:2', { seed: `tail-${n}` }).result).outcome,
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'rolled-back').length).toBeGreaterThanOrEqual(18);
  });

  it('lets the new set be previewed, ready and without a user, before it measures and switches', async () => {
    const journal = new MemoryJournal();
    const world = new FakeWorld({ seed: 'blue-green', journal });
    const strategy = blueGreen({ riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 3_000, previewMs: 5_000 });
    const result = await deploy({ service: 'orders', image: 'good:2', strategy }, world.ports());
    expect(result).toMatchObject({ outcome: 'promoted', weightsReached: [100] });
    const { fromMs = 0, toMs = 0 } = result.held ?? {};
    expect(toMs - fromMs).toBeGreaterThanOrEqual(5_000);
    const states = journal.lines.flatMap((line) => (line.type === 'rollout' ? [[line.state, line.weight]] : []));
    expect(states.slice(3, 6)).toEqual([
      ['Readying', 0],
      ['Holding', 0],
      ['Analyzing', 0],
    ]);
    expect(strategy.name).toBe('blue-green, previewed for 5000 ms');
    expect(blueGreen().steps.map(({ kind }) => kind)).not.toContain('hold');
  });

  it('gives a set that never gets ready nothing', async () => {
    const { world, result } = release('never-ready:2');
    expect(await result).toMatchObject({
      outcome: 'rolled-back',
      weightsReached: [],
      samples: { to: { requests: 0 } },
    });
    expect(world.lost).toBe(0);
  });

  it('switches nothing when there is nothing to compare with', async () => {
    const { result } = release('good:2', { ratePerSecond: 0 });
    expect(await result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged', weightsReached: [] });
  });

  it('promotes the same image as the next revision, whatever the seed', async () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
      expect(await release('same:2', { seed }).result).toMatchObject({ outcome: 'promoted' });
    }
  });
});
