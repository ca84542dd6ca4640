import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import type { Observation } from '../../contract/observation';
import { beginRollout } from '../controller';
import type { DeliveryPorts, Weights } from '../ports';
import { blueGreen } from '../strategies/blue-green';
import { canary } from '../strategies/canary';
import { FakeWorld, type FakeWorldOptions } from '../testing/fake-world';

const QUICK = { riseToDetect: 0.1, minReadyMs: 500, bakeMs: 5_000, inconclusiveMs: 60_000 };
const CANARY = canary({ steps: [100], ...QUICK });
const SEEDS = ['a', 'b', 'c', 'd', 'e'];

type Came = (world: FakeWorld, weights: Weights) => void;

/** A release to all of the traffic. `came` is called at each change of the weights, and says what comes over the world then. */
async function release(image: string, came: Came, options: Partial<FakeWorldOptions> = {}, strategy = CANARY) {
  const journal = new MemoryJournal();
  const behaviours = {
    'errors:2': { errorRatio: 0.2 },
    'slow:2': { latencyMs: 408 },
    'hangs:2': { hangRatio: 0.2, hangMs: 3_600_000 },
  };
  const world = new FakeWorld({ seed: 'full', journal, behaviours, ...options });
  const ports = world.ports();
  /** Weights of the new revision, as they were set. */
  const shares: number[] = [];
  const setWeights: DeliveryPorts['setWeights'] = async (service, weights) => {
    const epoch = await ports.setWeights(service, weights);
    shares.push(weights.green);
    came(world, weights);
    return epoch;
  };
  const rollout = await beginRollout({ service: 'orders', image, strategy }, { ...ports, setWeights });
  return { world, journal, shares, rollout };
}

const nothing: Came = () => undefined;
/** A dependency, or the machine, turns bad once the old revision has lost its traffic, and stays so. */
const onceFull =
  (turn: (world: FakeWorld) => void): Came =>
  (world, { green }) => {
    if (green === 100) turn(world);
  };
const fails = onceFull((world) => void (world.dependencyErrorRatio = 0.2));
const slows = onceFull((world) => void (world.dependencyLatencyMs = 900));

const reasons = (lines: readonly Observation[]) =>
  lines.flatMap((line) => ('reason' in line && line.reason !== undefined ? [line.reason] : []));

describe('a release with all of the traffic', () => {
  it.each([
    ['errors:2', /^more errors than stable: \d+ of \d+ failed against 0 of \d+/],
    ['slow:2', /^slower than stable: /],
    ['hangs:2', /^requests hang: \d+ on the new revision have had no answer for 5 s, 0 on stable/],
  ])('is rolled back for what it does worse than stable over the same seconds: %s', async (image, said) => {
    for (const strategy of [CANARY, blueGreen(QUICK)]) {
      const { world, shares, rollout } = await release(image, nothing, {}, strategy);
      const result = await rollout.ended();
      expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected', weightsReached: [100] });
      expect(result.reason).toMatch(said);
      expect(shares).toEqual([100, 50, 0]);
      const { firstBadResponseAtMs: first = 0, decidedAtMs = NaN } = result;
      expect(first).toBeLessThanOrEqual(decidedAtMs);
      expect(world.lost).toBe(0);
      expect(world.share('orders-r1')).toBe(100);
    }
  });

  it('is never compared again when it is as stable was', async () => {
    const { shares, rollout } = await release('good:2', nothing);
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted' });
    expect(new Set(shares)).toEqual(new Set([100]));
  });

  it.each([
    ['a dependency begins to fail', fails],
    ['a machine becomes slow', slows],
  ])('is promoted although %s, for stable as well', async (_what, came) => {
    for (const seed of SEEDS) {
      const { world, shares, journal, rollout } = await release('good:2', came, { seed });
      expect(await rollout.ended()).toMatchObject({ outcome: 'promoted', weightsReached: [100] });
      expect(shares.slice(0, 3)).toEqual([100, 50, 100]);
      expect(shares.at(-1)).toBe(100);
      expect(reasons(journal.lines)).toContainEqual(expect.stringMatching(/^to 50 %, looks worse than orders-r1 was/));
      expect(world.lost).toBe(0);
    }
  });

  it('is rolled back when it is bad, and a dependency is bad for both', async () => {
    const behaviours = { 'bad:2': { errorRatio: 0.3 } };
    const { rollout } = await release('bad:2', fails, { behaviours });
    expect(await rollout.ended()).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected' });
  });

  it('is not blamed for what it does only while stable has no traffic to compare with, nor promoted', async () => {
    const { shares, rollout, world } = await release('good:2', (world, { green }) => {
      world.dependencyErrorRatio = green === 100 ? 0.3 : 0;
    });
    const result = await rollout.ended();
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged' });
    expect(shares.filter((share) => share === 50).length).toBeGreaterThan(1);
    expect(world.share('orders-r1')).toBe(100);
  });

  it('is held, and given up in the end without blame, when stable cannot take a share to compare with', async () => {
    const { shares, rollout } = await release('good:2', (world, { green }) => {
      const stable = world.containers.get('orders-r1');
      if (green !== 100 || stable === undefined) return;
      stable.running = false;
      world.dependencyErrorRatio = 0.3;
    });
    const result = await rollout.ended();
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged' });
    expect(result.reason).toContain('orders-r1 is not usable, and cannot be compared with');
    expect(shares).toEqual([100, 0]);
  });

  it('gets all of the traffic when it is promoted by hand while both are compared', async () => {
    const { world, shares, rollout } = await release('errors:2', (_world, { green }) => {
      if (green === 50) promote();
    });
    const promote = () => rollout.promote();
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted' });
    expect(shares).toEqual([100, 50, 100]);
    expect(world.share('orders-r2')).toBe(100);
  });
});
