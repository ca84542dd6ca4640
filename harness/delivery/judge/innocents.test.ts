import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { requestLine } from '../../front/testing/request-line';
import { Witness } from '../../front/witness';
import { deploy } from '../controller';
import type { DeliveryPorts, RequestSample } from '../ports';
import { blueGreen } from '../strategies/blue-green';
import { canary } from '../strategies/canary';
import { rolling } from '../strategies/rolling';
import type { Strategy } from '../strategies/strategy';
import { FakeWorld } from '../testing/fake-world';

const QUICK = { riseToDetect: 0.1, minReadyMs: 500, bakeMs: 4_000, windowMs: 500 };
const STRATEGIES: readonly (readonly [string, Strategy])[] = [
  ['canary', canary({ steps: [20, 50, 100], ...QUICK })],
  ['blue-green', blueGreen(QUICK)],
  ['rolling', rolling(QUICK)],
];
const SEEDS = Array.from({ length: 12 }, (_, index) => `innocent-${index}`);

/** What comes over a world so long after the rollout has begun, and for how long, ms. */
interface Trouble {
  readonly atMs: number;
  readonly forMs: number;
  readonly begin: (world: FakeWorld) => void;
  readonly end: (world: FakeWorld) => void;
}

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'three times the load, that makes both slow': {
    ...{ atMs: 3_000, forMs: 10_000 },
    begin: (world) => Object.assign(world, { ratePerSecond: 3 * world.ratePerSecond, dependencyLatencyMs: 150 }),
    end: (world) => Object.assign(world, { ratePerSecond: world.ratePerSecond / 3, dependencyLatencyMs: 0 }),
  },
  'a dependency that is slow for both': {
    ...{ atMs: 2_000, forMs: 60_000 },
    begin: (world) => Object.assign(world, { dependencyLatencyMs: 400 }),
    end: (world) => Object.assign(world, { dependencyLatencyMs: 0 }),
  },
  'a dependency that fails for both': {
    ...{ atMs: 3_000, forMs: 4_000 },
    begin: (world) => Object.assign(world, { dependencyErrorRatio: 0.3 }),
    end: (world) => Object.assign(world, { dependencyErrorRatio: 0 }),
  },
  'one of three replicas of the new revision that ends once': {
    ...{ atMs: 4_000, forMs: 1 },
    begin: (world) => {
      const exit = { atMs: world.nowMs, ranMs: 2_000, exitCode: 1, isOutOfMemory: false };
      world.tellExit({ ...exit, revision: 'orders-r2', container: 'orders-r2-1' });
    },
    end: () => undefined,
  },
  'replicas of stable that end again and again': {
    ...{ atMs: 4_000, forMs: 1 },
    begin: (world) => {
      const exit = { atMs: world.nowMs, ranMs: 2_000, exitCode: 1, isOutOfMemory: false };
      for (let time = 0; time < 3; time += 1) {
        world.tellExit({ ...exit, revision: 'orders-r1', container: 'orders-r1-1' });
      }
    },
    end: () => undefined,
  },
};

async function outcomeUnder({ atMs, forMs, begin, end }: Trouble, strategy: Strategy, seed: string) {
  const world = new FakeWorld({ seed, journal: new MemoryJournal(), replicas: 3 });
  const startedAtMs = world.nowMs;
  let state: 'before' | 'in it' | 'after' = 'before';
  world.everySlice = () => {
    const sinceMs = world.nowMs - startedAtMs;
    if (state === 'before' && sinceMs >= atMs) {
      state = 'in it';
      begin(world);
    } else if (state === 'in it' && sinceMs >= atMs + forMs) {
      state = 'after';
      end(world);
    }
  };
  const { outcome, reason } = await deploy({ service: 'orders', image: 'good:2', strategy }, world.ports());
  return { outcome, reason, cameOver: state !== 'before' };
}

describe.each(STRATEGIES)('an innocent release by %s', (_name, strategy) => {
  it.each(Object.entries(TROUBLES))('is not rolled back for %s', async (_trouble, trouble) => {
    for (const seed of SEEDS) {
      const { cameOver, ...ended } = await outcomeUnder(trouble, strategy, seed);
      expect([seed, ended.outcome, ended.reason]).toEqual([seed, 'promoted', undefined]);
      expect(cameOver).toBe(true);
    }
  });
});

/** The ports of a world whose front writes a machine's clock, which is set by `byMs` once the release has traffic. */
function withClock(world: FakeWorld, byMs: number): DeliveryPorts {
  const ports = world.ports();
  let jumpMs = 0;
  const witness = new Witness('orders', () => jumpMs);
  const tell = ({ startedAtMs, endedAtMs, latencyMs = 0, id, revision, replica = 'blue1' }: RequestSample) => {
    const slots = { routedSlot: revision === 'orders-r2' ? 'green' : 'blue', server: replica };
    const times = { startedAtUs: (startedAtMs + jumpMs) * 1_000, durationMs: endedAtMs - startedAtMs };
    const text = requestLine({ ...slots, ...times, id, epoch: world.epoch, responseMs: latencyMs });
    witness.take({ atMs: endedAtMs, stream: 'stdout', text }, 'orders');
  };
  return {
    ...ports,
    watch: async (service, onSample, signal) => {
      witness.on('sample', onSample, signal);
      await ports.watch(service, tell, signal);
    },
    setWeights: async (...args) => {
      jumpMs = byMs;
      return ports.setWeights(...args);
    },
  };
}

// In a world of its own: a machine's clock is everybody's, and nobody steps it for a scenario.
describe.each([
  ['an hour forward', 3_600_000],
  ['an hour back', -3_600_000],
])('a clock that is set %s during a rollout', (_how, byMs) => {
  it.each(STRATEGIES)('is nobody’s rollback by %s', async (_name, strategy) => {
    const world = new FakeWorld({ seed: 'clock', journal: new MemoryJournal(), replicas: 3 });
    const { outcome, reason } = await deploy({ service: 'orders', image: 'good:2', strategy }, withClock(world, byMs));
    expect([outcome, reason]).toEqual(['promoted', undefined]);
  });
});
