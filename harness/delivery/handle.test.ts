import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import { beginRollout } from './controller';
import { Milestones } from './milestones';
import { hold } from './steps/hold';
import { ready } from './steps/ready';
import { start } from './steps/start';
import { weight } from './steps/weight';
import { canary } from './strategies/canary';
import { inSteps } from './strategies/in-steps';
import type { Strategy } from './strategies/strategy';
import { FakeWorld } from './testing/fake-world';

const QUICK = { riseToDetect: 0.1, minReadyMs: 500, bakeMs: 1_000 };
const CANARY = canary({ steps: [20, 50, 100], ...QUICK });
const HELD = inSteps({ steps: [start(), ready(), weight({ percent: 20 }), hold()], ...QUICK });

async function begin(image: string, strategy: Strategy = CANARY) {
  const journal = new MemoryJournal();
  const world = new FakeWorld({ seed: 'handle', journal, behaviours: { 'errors:2': { errorRatio: 0.2 } } });
  return { world, journal, rollout: await beginRollout({ service: 'orders', image, strategy }, world.ports()) };
}

/** Strategies whose first look needs traffic, and that give up soon without. */
const WITHOUT_RESULT = [
  ['judged', canary({ steps: [20, 100], ...QUICK, inconclusiveMs: 30_000 })],
  ['measured', canary({ steps: [100], ...QUICK, inconclusiveMs: 30_000 })],
] as const;

describe('a rollout under way', () => {
  it('is told of while it goes on: a weight that it has reached, a state that it is in', async () => {
    const { world, rollout } = await begin('good:2');
    await rollout.reached({ state: 'Starting' });
    expect(world.share('orders-r2')).toBe(0);
    await rollout.reached({ weight: 20 });
    expect(world.share('orders-r2')).toBe(20);
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted', weightsReached: [20, 50, 100] });
    await rollout.reached({ weight: 100 });
  });

  it('says how it ended to whoever waits for a point that it never came to', async () => {
    const { rollout } = await begin('errors:2');
    await expect(rollout.reached({ weight: 50 })).rejects.toMatchObject({
      code: 'rollout-ended',
      message: expect.stringContaining('rolled-back: more errors than stable') as unknown,
    });
  });

  it('stays at its weight while it is paused, longer than its deadline, and goes on when it is resumed', async () => {
    const { world, rollout } = await begin(
      'good:2',
      canary({ steps: [20, 100], ...QUICK, progressDeadlineMs: 60_000 }),
    );
    await rollout.reached({ weight: 20 });
    rollout.pause();
    const pausedAtMs = world.nowMs;
    await passing(world, 120_000);
    expect(world.share('orders-r2')).toBe(20);
    expect(world.nowMs - pausedAtMs).toBeGreaterThan(60_000);
    rollout.resume();
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted' });
  });

  it.each(WITHOUT_RESULT)('may be paused for longer than it may be %s without a result', async (_what, strategy) => {
    const { world, rollout } = await begin('good:2', strategy);
    world.ratePerSecond = 0;
    await rollout.reached({ state: 'Analyzing' });
    rollout.pause();
    await passing(world, 90_000);
    world.ratePerSecond = 120;
    rollout.resume();
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted' });
  });

  it.each(WITHOUT_RESULT)(
    'is given up once it could not be %s for its time, but for a pause',
    async (_what, strategy) => {
      const { world, rollout } = await begin('good:2', strategy);
      world.ratePerSecond = 0;
      await rollout.reached({ state: 'Analyzing' });
      rollout.pause();
      await passing(world, 90_000);
      rollout.resume();
      expect(await rollout.ended()).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged' });
    },
  );

  it('is rolled back for what the judge sees while it is paused', async () => {
    const { rollout } = await begin('errors:2');
    await rollout.reached({ weight: 20 });
    rollout.pause();
    expect(await rollout.ended()).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected' });
  });

  it('is held until somebody resumes it, and taken back then', async () => {
    const { world, rollout } = await begin('errors:2', HELD);
    await rollout.reached({ state: 'Holding' });
    await passing(world, 900_000);
    expect(rollout.state()).toBe('Holding');
    rollout.resume();
    expect(await rollout.ended()).toMatchObject({ outcome: 'held', judgements: 0 });
    expect(world.share('orders-r1')).toBe(100);
  });

  it('is promoted by hand, whatever the judge would have said', async () => {
    const { world, rollout } = await begin('errors:2');
    await rollout.reached({ weight: 20 });
    rollout.promote();
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted', weightsReached: [20, 50, 100] });
    expect(world.share('orders-r2')).toBe(100);
  });

  it('goes back when it is aborted, and says why', async () => {
    const { world, rollout } = await begin('good:2');
    await rollout.reached({ weight: 50 });
    const result = await rollout.abort('the wrong image');
    expect(result).toMatchObject({ outcome: 'aborted', cause: 'aborted', reason: 'the wrong image' });
    expect(world.share('orders-r1')).toBe(100);
    expect(world.containers.get('orders-r2')).toMatchObject({ running: false });
    expect(world.lost).toBe(0);
  });

  it('is aborted when its block is left before it has ended', async () => {
    const { world, rollout } = await begin('good:2');
    {
      await using left = rollout;
      await left.reached({ weight: 20 });
    }
    expect(await rollout.ended()).toMatchObject({ outcome: 'aborted', reason: 'nobody waited for its end' });
    expect(world.share('orders-r1')).toBe(100);
  });

  it('is left as it is when its block is left after its end', async () => {
    const { world, rollout } = await begin('good:2');
    {
      await using promoted = rollout;
      await promoted.ended();
    }
    expect(world.share('orders-r2')).toBe(100);
    expect((await rollout.ended()).outcome).toBe('promoted');
  });

  it('does not abort what is stable already', async () => {
    const { world, rollout } = await begin('good:2');
    await rollout.reached({ state: 'Succeeded' });
    expect(await rollout.abort('too late')).toMatchObject({ outcome: 'promoted' });
    expect(world.share('orders-r2')).toBe(100);
  });

  it('has ended at once when there is nothing to deploy', async () => {
    const { rollout } = await begin('good:1');
    expect(await rollout.ended()).toMatchObject({ outcome: 'unchanged' });
    await expect(rollout.reached({ weight: 20 })).rejects.toMatchObject({ code: 'rollout-ended' });
  });
});

it('gives up waiting for a point at the deadline, and says where the rollout is', async () => {
  const milestones = new Milestones();
  milestones.passState('Starting');
  await expect(milestones.reached({ weight: 20 }, 10)).rejects.toMatchObject({
    code: 'timed-out',
    message: expect.stringContaining('in Starting') as unknown,
  });
});

/** Lets the rollout go on until so much time has passed in its world, which stands still once the rollout has ended. */
async function passing(world: FakeWorld, forMs: number): Promise<void> {
  const endMs = world.nowMs + forMs;
  for (let idle = 0, lastMs = world.nowMs; world.nowMs < endMs; lastMs = world.nowMs) {
    await Promise.resolve();
    idle = world.nowMs === lastMs ? idle + 1 : 0;
    if (idle > 10_000) throw new Error('the rollout has ended');
  }
}
