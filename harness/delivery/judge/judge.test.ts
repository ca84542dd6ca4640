import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../core/random';
import { NONE_HANGING } from './counts';
import { openPhase, type PhaseOptions } from './phase';
import { DEFAULT_SETTINGS } from '../strategies/settings';

const RUNS = 500;
const LONGEST_MS = 60_000;
const TICK_MS = 100;
const CANARY_RPS = 24;
const STABLE_RPS = 96;

interface Trial {
  readonly outcome: 'promote' | 'abort' | 'none';
  readonly atMs: number;
  readonly reason: string;
}

/** A phase of a rollout in three, at the demonstration's rise. */
function open(options: Partial<PhaseOptions>) {
  const settings = { ...DEFAULT_SETTINGS, riseToDetect: 0.1 };
  const revisions = { canary: 'r2', stable: 'r1' };
  const begin = { phases: 3, startedAtMs: 0, minMs: 0, warmupLeft: 0, stableLatenciesMs: [] };
  return openPhase({ settings, ...revisions, ...begin, ...options });
}

/** One step at weight 20 % of 120 requests a second, on a made-up clock. */
function trial(
  seed: string,
  options: { canaryRatio: number; stableRatio: number; canarySlowerMs?: number; longestMs?: number; wholeMs?: boolean },
): Trial {
  const random = seededRandom(seed);
  const phase = open({ warmupLeft: 100 });
  for (let nowMs = TICK_MS; nowMs <= (options.longestMs ?? LONGEST_MS); nowMs += TICK_MS) {
    for (const [revision, rps, ratio, slower] of [
      ['r2', CANARY_RPS, options.canaryRatio, options.canarySlowerMs ?? 0],
      ['r1', STABLE_RPS, options.stableRatio, 0],
    ] as const) {
      const expected = (rps * TICK_MS) / 1_000;
      const count = Math.floor(expected) + (random.next() < expected % 1 ? 1 : 0);
      for (let i = 0; i < count; i += 1) {
        const exactMs = 5 - 6 * Math.log(1 - random.next()) + slower;
        const latencyMs = options.wholeMs === true ? Math.round(exactMs) : exactMs;
        const error = random.next() < ratio;
        const startedAtMs = nowMs - TICK_MS * random.next();
        phase.add({
          revision,
          id: 'r',
          startedAtMs,
          endedAtMs: nowMs,
          error,
          clientError: false,
          ...(error ? {} : { latencyMs }),
        });
      }
    }
    const judgement = phase.judgement(nowMs, NONE_HANGING);
    if (judgement.outcome !== 'hold') return { outcome: judgement.outcome, atMs: nowMs, reason: judgement.reason };
  }
  return { outcome: 'none', atMs: Infinity, reason: '' };
}

function trials(count: number, options: Parameters<typeof trial>[1]): Trial[] {
  return Array.from({ length: count }, (_, index) => trial(`judge-${index}`, options));
}

function aborted(all: readonly Trial[]): number {
  return all.filter(({ outcome }) => outcome === 'abort').length / all.length;
}

function median(all: readonly Trial[]): number {
  return all.map(({ atMs }) => atMs).sort((a, b) => a - b)[all.length >> 1] ?? Infinity;
}

describe('the judge, simulated', () => {
  it('leaves a release that is like stable alone', () => {
    const all = trials(RUNS, { canaryRatio: 0.001, stableRatio: 0.001 });
    expect(aborted(all)).toBeLessThanOrEqual(0.01);
    expect(all.every(({ outcome }) => outcome !== 'none')).toBe(true);
    expect(median(all)).toBeLessThanOrEqual(15_000);
  });

  it('aborts a release with 20 % errors within two seconds', () => {
    const all = trials(RUNS, { canaryRatio: 0.2, stableRatio: 0.001 });
    expect(aborted(all)).toBe(1);
    expect(median(all)).toBeLessThanOrEqual(2_000);
  });

  it('does not blame a release for a dependency that fails for both', () => {
    expect(aborted(trials(200, { canaryRatio: 0.2, stableRatio: 0.2, longestMs: 20_000 }))).toBeLessThanOrEqual(0.01);
  });

  it.each([
    [0.1, true],
    [0.001, false],
  ])('says with a stable at %d errors that this one fails itself: %s', (ratio, isTold) => {
    const phase = open({ settings: { ...DEFAULT_SETTINGS, latencyRiseMs: 1_000_000, windowMs: 100 } });
    const sample = { id: 'r', clientError: false, latencyMs: 5 };
    for (let n = 0; n < 200; n += 1) {
      const [startedAtMs, endedAtMs] = [n * 50, n * 50 + 5];
      for (const revision of ['r1', 'r2'])
        phase.add({ ...sample, revision, startedAtMs, endedAtMs, error: n % 1_000 < ratio * 1_000 && n % 10 === 0 });
    }
    const { outcome, reason } = phase.judgement(10_000, NONE_HANGING);
    expect(outcome).toBe('hold');
    expect(reason.includes('of the requests fail on stable itself')).toBe(isTold);
  });

  it('aborts a release that adds 20 points to a stable that fails already', () => {
    expect(aborted(trials(40, { canaryRatio: 0.5, stableRatio: 0.2 }))).toBe(1);
  });

  it('aborts a slow release, and not one that is a little slower', () => {
    expect(aborted(trials(40, { canaryRatio: 0, stableRatio: 0, canarySlowerMs: 400 }))).toBe(1);
    expect(aborted(trials(40, { canaryRatio: 0, stableRatio: 0, canarySlowerMs: 40 }))).toBe(1);
    expect(aborted(trials(40, { canaryRatio: 0, stableRatio: 0, canarySlowerMs: 10 }))).toBe(0);
  });
});

describe('requests that hang', () => {
  const judged = (to: readonly number[], from: readonly number[] = [], nowMs = 10_000) => {
    const phase = open({ warmupLeft: 100 });
    const sample = { id: 'r', endedAtMs: 900, startedAtMs: 890, error: false, clientError: false, latencyMs: 10 };
    for (let n = 0; n < 20; n += 1) phase.add({ ...sample, revision: n % 5 === 0 ? 'r2' : 'r1' });
    for (let n = 0; n < 80; n += 1) phase.add({ ...sample, revision: 'r1' });
    return phase.judgement(nowMs, { to, from }).outcome;
  };

  it('abort a release once they have hung for long, unless as many do on stable', () => {
    expect(judged([5, 5, 6, 7])).toBe('abort');
    expect(
      judged(
        [5, 5, 6, 7],
        Array.from({ length: 90 }, () => 5),
      ),
    ).toBe('hold');
  });

  it('are no reason when they began before the phase, with other weights', () => {
    expect(judged([5, 5, 6, 7], [], 4_000)).toBe('hold');
  });

  it('are held against what hung on stable before, where it has no traffic any more', () => {
    const atFullWeight = (to: readonly number[], before: readonly number[]) => {
      const counts = { requests: 100, errors: 0, clientErrors: 0 };
      const phase = open({ baseline: { counts, windows: [], hanging: before } });
      const sample = { id: 'r', revision: 'r2', endedAtMs: 900, startedAtMs: 890, latencyMs: 10 };
      for (let n = 0; n < 100; n += 1) phase.add({ ...sample, error: false, clientError: false });
      return phase.judgement(10_000, { to, from: [] }).outcome;
    };
    const twenty = Array.from({ length: 20 }, () => 6);
    expect(atFullWeight(twenty, [])).toBe('abort');
    expect(atFullWeight(twenty, [1, 2, 3])).toBe('abort');
    expect(atFullWeight(twenty, twenty)).toBe('hold');
    expect(atFullWeight([2, 3, 3, 4], [])).toBe('hold');
  });

  it('are no reason while they may be the first ones of a cold process', () => {
    expect(judged([1, 1, 2, 3, 4, 4, 4, 4])).toBe('hold');
  });
});

describe('a phase at weight 100', () => {
  const counts = { requests: 2_000, errors: 2, clientErrors: 0 };
  const windows = Array.from({ length: 20 }, (_, i) => ({
    count: 90,
    medianMs: 8 + (i % 5) * 0.1,
    p95Ms: 20 + (i % 7),
  }));

  function answered(nowMs: number, error: boolean, latencyMs: number) {
    return { id: 'r', revision: 'r2', startedAtMs: nowMs, endedAtMs: nowMs, error, clientError: false, latencyMs };
  }

  function bake(ratio: number, latencyMs: number) {
    const random = seededRandom('bake');
    const phase = open({ minMs: 8_000, baseline: { counts, windows, hanging: [] } });
    for (let nowMs = 10; nowMs < 30_000; nowMs += 10) {
      const error = random.next() < ratio;
      phase.add(answered(nowMs, error, latencyMs + 4 * random.next()));
      const judgement = nowMs % 100 === 0 ? phase.judgement(nowMs, NONE_HANGING) : undefined;
      if (judgement !== undefined && judgement.outcome !== 'hold') return { ...judgement, nowMs };
    }
    return undefined;
  }

  it('compares with what stable did before, and bakes for its time', () => {
    expect(bake(0.001, 6)).toMatchObject({ outcome: 'promote', nowMs: 8_000 });
  });

  it('looks at the latest errors before it promotes, also when only a look at latency is due', () => {
    const decided = (brokenFromMs: number) => {
      const phase = open({ baseline: { counts, windows, hanging: [] } });
      for (let nowMs = 20; nowMs < 30_000; nowMs += 20) {
        const error = nowMs > brokenFromMs;
        phase.add(answered(nowMs, error, 6 + (nowMs % 7)));
        const { outcome } = phase.judgement(nowMs, NONE_HANGING);
        if (outcome !== 'hold') return { outcome, nowMs };
      }
      return undefined;
    };
    const good = decided(Infinity);
    expect(good).toMatchObject({ outcome: 'promote' });
    // By then the looks at errors are farther apart than this.
    expect(decided((good?.nowMs ?? 0) - 300)).toEqual({ outcome: 'abort', nowMs: good?.nowMs });
  });

  it('aborts errors and slowness that only show there', () => {
    expect(bake(0.2, 6)).toMatchObject({ outcome: 'abort', reason: expect.stringContaining('more errors') });
    expect(bake(0, 80)).toMatchObject({ outcome: 'abort', reason: expect.stringContaining('slower') });
  });

  it('never promotes a slow release whose latencies come in whole milliseconds, as HAProxy gives them', () => {
    const slow = trials(40, { canaryRatio: 0, stableRatio: 0, canarySlowerMs: 400, wholeMs: true });
    expect(aborted(slow)).toBe(1);
    const innocent = trials(40, { canaryRatio: 0, stableRatio: 0, wholeMs: true });
    expect(innocent.filter(({ outcome }) => outcome === 'promote')).toHaveLength(40);
  });
});
