import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { deploy } from '../controller';
import type { DeliveryPorts } from '../ports';
import { blueGreen } from '../strategies/blue-green';
import { canary } from '../strategies/canary';
import type { Strategy } from '../strategies/strategy';
import { FakeWorld, type Behaviour } from '../testing/fake-world';

const QUICK = { riseToDetect: 0.1, minReadyMs: 500, bakeMs: 5_000 };
const CANARY = canary({ steps: [20, 50, 100], ...QUICK });
/** Long enough for one or two of the failures, which no judge condemns a release for. */
const FAILS_FOR_MS = 100;

/** A good release whose traffic ends so long after it got this weight; its front may stop telling instead. */
async function release(
  weight: number,
  afterMs: number,
  how: 'ends' | 'ends after failures' | 'is not told of' | 'hangs' = 'ends',
  strategy: Strategy = CANARY,
) {
  const behaviours: Record<string, Behaviour> = {};
  const world = new FakeWorld({ seed: 'night', journal: new MemoryJournal(), behaviours });
  const ports = world.ports();
  const setWeights: DeliveryPorts['setWeights'] = async (service, weights, terms) => {
    const epoch = await ports.setWeights(service, weights, terms);
    const sinceMs = world.nowMs;
    const failsFromMs = how === 'ends after failures' ? afterMs - FAILS_FOR_MS : Infinity;
    if (weights.green !== weight) return epoch;
    world.everySlice = () => {
      if (world.nowMs - sinceMs >= failsFromMs) behaviours['good:2'] = { errorRatio: 0.3 };
      if (world.nowMs - sinceMs < afterMs) return;
      if (how === 'ends' || how === 'ends after failures') world.ratePerSecond = 0;
      else if (how === 'hangs') {
        world.ratePerSecond = 2;
        behaviours['good:2'] = { hangRatio: 1, hangMs: 3_600_000 };
      } else world.muted = true;
    };
    return epoch;
  };
  const result = await deploy({ service: 'orders', image: 'good:2', strategy }, { ...ports, setWeights });
  return { world, result, tookMs: result.endedAtMs - result.startedAtMs };
}

describe('a night without traffic', () => {
  it.each([
    ['as it gets all of it', 100, 0],
    ['while it bakes', 100, 2_000],
    ['as it gets half of it', 50, 0],
  ])('does not take back a release of which all is known: traffic ends %s', async (_when, weight, afterMs) => {
    const { world, result, tookMs } = await release(weight, afterMs);
    expect(result).toMatchObject({ outcome: 'promoted', weightsReached: [20, 50, 100] });
    expect(tookMs).toBeLessThan(150_000);
    expect(world.share('orders-r2')).toBe(100);
  });

  it('nor one that was switched to at once, and was baking', async () => {
    const { result } = await release(100, 20_000, 'ends', blueGreen({ ...QUICK, bakeMs: 30_000 }));
    expect(result).toMatchObject({ outcome: 'promoted' });
  });

  it('proves nothing of a release that was not judged yet', async () => {
    const { result } = await release(20, 1_000);
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged' });
  });

  it('nor of one that was judged once, and failed again just before', async () => {
    const { world, result } = await release(50, 1_500, 'ends after failures');
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged', weightsReached: [20, 50] });
    expect(result.samples.to.errors).toBeGreaterThan(0);
    expect(world.share('orders-r2')).toBe(0);
  });

  it('nor of one that got all of it at once and had hardly any', async () => {
    const { result } = await release(100, 500, 'ends', blueGreen(QUICK));
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged' });
  });

  it('is not what a new revision is that answers nothing any more', async () => {
    const { result } = await release(100, 2_000, 'hangs');
    expect(result).toMatchObject({ outcome: 'rolled-back' });
  });

  it('is not what a front is that tells no more', async () => {
    const { result } = await release(100, 2_000, 'is not told of');
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged' });
  });
});
