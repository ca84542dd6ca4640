import { describe, expect, it } from '@jest/globals';
import { seededRandom, type Random } from '../../core/random';
import { NONE_HANGING } from './counts';
import { judge, type Judgement } from './judge';
import { openPhase } from './phase';
import { sameSeconds } from './same-seconds';
import { slowLimitMs, slowTail } from './slow-tail';
import { DEFAULT_SETTINGS } from '../strategies/settings';

/** What a demonstration names: the judge is satisfied soonest, and has the least to see a tail by. */
const SETTINGS = { ...DEFAULT_SETTINGS, riseToDetect: 0.1 };
const TICK_MS = 100;
const LONGEST_MS = 300_000;

interface Pair {
  readonly canaryRps: number;
  readonly stableRps: number;
  /** Share of the canary's requests that take 1.5 s more. */
  readonly slowRatio?: number;
  /** The same for both: a dependency. */
  readonly slowForBoth?: number;
  /** How often a process stops for up to `pauseMs`, a second: each its own. */
  readonly pausesPerSecond?: number;
  readonly pauseMs?: number;
}

/** The latencies of a process with a skewed spread that now and then stops, by when its requests end. */
function* answers(random: Random, rps: number, slowRatio: number, { pausesPerSecond = 0, pauseMs = 0 }: Pair) {
  let pausedUntilMs = 0;
  let nextPauseMs = (-Math.log(1 - random.next()) / pausesPerSecond) * 1_000;
  for (let atMs = 0; ; atMs += (-Math.log(1 - random.next()) / rps) * 1_000) {
    while (nextPauseMs <= atMs) {
      pausedUntilMs = nextPauseMs + pauseMs * (0.5 + random.next() / 2);
      nextPauseMs += (-Math.log(1 - random.next()) / pausesPerSecond) * 1_000;
    }
    const serviceMs = 5 - 6 * Math.log(1 - random.next()) + (random.next() < slowRatio ? 1_500 : 0);
    const latencyMs = Math.max(0, pausedUntilMs - atMs) + serviceMs;
    yield { startedAtMs: atMs, endedAtMs: atMs + latencyMs, latencyMs };
  }
}

/** All steps of a rollout share the probability of a false alarm; this is one of three, with the default of what came before it. */
function phaseOf(seed: string, pair: Pair, settings = SETTINGS): Judgement & { readonly atMs: number } {
  const random = seededRandom(seed);
  const { slowRatio = 0, slowForBoth = 0 } = pair;
  const before = answers(random, pair.stableRps, slowForBoth, pair);
  const phase = openPhase({
    ...{ settings, canary: 'r2', stable: 'r1', phases: 3, startedAtMs: 0, minMs: 0, warmupLeft: 100 },
    stableLatenciesMs: Array.from({ length: 1_000 }, () => before.next().value?.latencyMs ?? 0),
  });
  const sides = [
    { revision: 'r2', made: answers(random, pair.canaryRps, slowRatio + slowForBoth, pair) },
    { revision: 'r1', made: answers(random, pair.stableRps, slowForBoth, pair) },
  ].map((side) => ({ ...side, next: side.made.next().value }));
  // A front tells of requests as they end.
  let open: {
    readonly revision: string;
    readonly startedAtMs: number;
    readonly endedAtMs: number;
    readonly latencyMs: number;
  }[] = [];
  for (let nowMs = TICK_MS; nowMs <= LONGEST_MS; nowMs += TICK_MS) {
    for (const side of sides) {
      for (; side.next !== undefined && side.next.startedAtMs <= nowMs; side.next = side.made.next().value) {
        open.push({ revision: side.revision, ...side.next });
      }
    }
    const ended = open.filter(({ endedAtMs }) => endedAtMs <= nowMs).sort((a, b) => a.endedAtMs - b.endedAtMs);
    open = open.filter(({ endedAtMs }) => endedAtMs > nowMs);
    for (const answer of ended) phase.add({ id: 'r', error: false, clientError: false, ...answer });
    const judgement = phase.judgement(nowMs, NONE_HANGING);
    if (judgement.outcome !== 'hold') return { ...judgement, atMs: nowMs };
  }
  throw new Error('nothing was decided');
}

function share(count: number, outcome: Judgement['outcome'], pair: Pair, settings = SETTINGS): number {
  const all = Array.from({ length: count }, (_, n) => phaseOf(`tail-${n}`, pair, settings));
  return all.filter((one) => one.outcome === outcome).length / count;
}

const RUNS = 200;
const NONE = { requests: 0, slow: 0, designEffect: 1 };

describe('the slow tail, simulated', () => {
  it.each<[string, Pair]>([
    ['at a fifth of the traffic', { canaryRps: 24, stableRps: 96 }],
    ['at a half of it', { canaryRps: 60, stableRps: 60 }],
    ['with a dependency that is slow for 3 % of both', { canaryRps: 24, stableRps: 96, slowForBoth: 0.03 }],
    ['with a dependency that is slow for a quarter of both', { canaryRps: 24, stableRps: 96, slowForBoth: 0.25 }],
    ['whose processes pause often', { canaryRps: 24, stableRps: 96, pausesPerSecond: 0.1, pauseMs: 200 }],
    ['whose processes pause now and then', { canaryRps: 24, stableRps: 96, pausesPerSecond: 0.03, pauseMs: 400 }],
    ['whose busy processes pause', { canaryRps: 60, stableRps: 240, pausesPerSecond: 0.03, pauseMs: 400 }],
  ])('is no reason against an innocent pair %s', (_name, pair) => {
    expect(share(RUNS, 'promote', pair)).toBeGreaterThanOrEqual(0.99);
  });

  it('is no reason for a difference that only the number of requests makes significant', () => {
    expect(share(4, 'promote', { canaryRps: 600, stableRps: 1_400, slowRatio: 0.006 })).toBe(1);
  });

  it('aborts a release that answers 3 % of its requests 1.5 s later, of which middle and 95th percentile know nothing', () => {
    expect(share(RUNS, 'abort', { canaryRps: 24, stableRps: 96, slowRatio: 0.03 })).toBeGreaterThan(0.8);
    expect(share(RUNS, 'abort', { canaryRps: 60, stableRps: 60, slowRatio: 0.03 })).toBeGreaterThan(0.95);
    const { reason, figures } = phaseOf('tail-0', { canaryRps: 60, stableRps: 60, slowRatio: 0.03 });
    const { slow, slowPValue } = figures;
    expect(reason).toMatch(/^slower than stable: \d+ of \d+ requests slower than [\d.]+ ms, stable \d+ of \d+ \(p = /);
    expect(slow?.canary.slow).toBeGreaterThan(slow?.stable.slow ?? Infinity);
    expect(slowPValue).toBeLessThan(1e-4);
  });
});

describe('a slow tail of more than the rise that the user names', () => {
  it.each([
    [24, 96],
    [60, 60],
    [5, 20],
  ])('is not promoted for want of requests, at %i against %i a second', (canaryRps, stableRps) => {
    const promoted = share(RUNS, 'promote', { canaryRps, stableRps, slowRatio: 0.03 }, DEFAULT_SETTINGS);
    expect(promoted).toBeLessThanOrEqual(1 - DEFAULT_SETTINGS.powerToPromote);
  });

  it('is ruled out of an innocent pair', () => {
    const promoted = (pair: Pair) => share(RUNS, 'promote', pair, DEFAULT_SETTINGS);
    expect(promoted({ canaryRps: 24, stableRps: 96 })).toBe(1);
    expect(promoted({ canaryRps: 24, stableRps: 96, slowForBoth: 0.03 })).toBeGreaterThanOrEqual(0.99);
    expect(promoted({ canaryRps: 24, stableRps: 96, pausesPerSecond: 0.03, pauseMs: 400 })).toBeGreaterThanOrEqual(
      0.99,
    );
  });
});

describe('the test of the slow tail', () => {
  // The quantile test of Johnson, Verrill & Moore (1987) for 77 measurements against 47, of whose r largest k are among the 77: US EPA,
  // "Statistical Methods for Evaluating the Attainment of Cleanup Standards" 3 (1994), example 7.5, as R's EnvStats prints it.
  it.each([
    [8, 6, 0.355],
    [8, 7, 0.122],
    [8, 8, 0.019],
    [9, 7, 0.264],
    [9, 8, 0.081],
    [9, 9, 0.011],
    [10, 8, 0.193],
    [10, 9, 0.053],
    [10, 10, 0.007],
  ])('gives the published p for %i slow ones of which %i are the canary’s', (r, k, published) => {
    const counts = (requests: number) => ({ requests, errors: 0, clientErrors: 0 });
    const { figures } = judge(
      {
        ...{ canary: counts(77), stable: counts(47), canaryWindows: [], stableWindows: [], wrongBecause: [] },
        slow: {
          limitMs: 100,
          canary: { requests: 77, slow: k, designEffect: 1 },
          stable: { requests: 47, slow: r - k, designEffect: 1 },
        },
        ...{ isSameSeconds: true, isTimed: true, sameSeconds: sameSeconds(SETTINGS), phases: 1 },
        ...{ errors: { count: 1, due: true }, latency: { count: 0, due: false } },
      },
      SETTINGS,
    );
    expect(figures.slowPValue).toBeCloseTo(published, 3);
    if (r === 9 && k === 9) expect(figures.slowPValue).toBeCloseTo(0.01136926, 8);
  });
});

describe('what is slow', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1);

  it('follows from stable’s slowest in a hundred, or from the objective that is named', () => {
    expect(slowLimitMs(hundred, SETTINGS)).toBe(99 + 0.25 * 99);
    expect(
      slowLimitMs(
        hundred.map((ms) => ms / 10),
        SETTINGS,
      ),
    ).toBe(9.9 + 20);
    expect(slowLimitMs([], { ...SETTINGS, slowerThanMs: 310 })).toBe(310);
  });

  it('is not known of a stable that has answered too little, and nothing counts until it is', () => {
    expect(slowLimitMs(hundred.slice(1), SETTINGS)).toBeUndefined();
    const tail = slowTail(undefined, SETTINGS);
    hundred.forEach((latencyMs, n) => {
      tail.add('canary', { endedAtMs: n * 100, latencyMs: 1_000 });
      tail.add('stable', { endedAtMs: n * 100, latencyMs });
    });
    expect([tail.limitMs, tail.of('canary'), tail.of('stable')]).toEqual([...[99 + 0.25 * 99, NONE, NONE]]);
    tail.add('canary', { endedAtMs: 20_000, latencyMs: 1_000 });
    expect(tail.of('canary')).toEqual({ ...NONE, requests: 1, slow: 1 });
  });

  it('counts for little when it all ended in one second, as after a pause, and in full when it keeps coming', () => {
    const effectOf = (slowAt: (n: number) => boolean) => {
      const tail = slowTail(100, SETTINGS);
      for (let n = 0; n < 1_000; n += 1) tail.add('canary', { endedAtMs: n * 20, latencyMs: slowAt(n) ? 200 : 20 });
      return tail.of('canary');
    };
    const paused = effectOf((n) => n >= 500 && n < 520);
    expect(paused).toMatchObject({ requests: 1_000, slow: 20 });
    expect(paused.slow / paused.designEffect).toBeLessThan(1.5);
    expect(effectOf((n) => n % 50 === 7)).toEqual({ requests: 1_000, slow: 20, designEffect: 1 });
  });
});
