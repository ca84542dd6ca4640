import { describe, expect, it } from '@jest/globals';
import type { LoadCounts } from './counts';
import { LatencyHistogram } from './histogram';
import { Mix } from './mix';
import { Schedule } from './schedule';
import { steadiness } from './steady';
import { config } from './testing/loopback.config';

describe('Schedule', () => {
  it('spaces constant arrivals exactly', () => {
    const moments = new Schedule(300);
    const taken = Array.from({ length: 301 }, () => {
      const moment = moments.nextMs();
      moments.advance();
      return moment;
    });
    expect(taken[0]).toBe(0);
    expect(taken[300]).toBe(1_000);
  });
});

describe('Mix', () => {
  it('makes each request from the seed and its number alone, in the shares asked for', () => {
    const one = new Mix(config.load.requests, 'seed');
    const other = new Mix(config.load.requests, 'seed');
    const kinds = Array.from({ length: 2_000 }, (_, n) => one.request(n, `r-${n}`).kind);
    expect(other.request(1_234, 'r-1234').kind).toBe(kinds[1_234]);
    const reads = kinds.filter((kind) => kind === 'read').length;
    expect(Math.abs(reads / 2_000 - 0.75)).toBeLessThan(0.05);
  });

  it('sends only the kinds that are named, and refuses unknown ones', () => {
    const mix = new Mix(config.load.requests, 'seed', { write: 1 });
    expect(mix.kinds).toEqual(['write']);
    for (const name of ['nope', 'constructor']) {
      expect(() => new Mix(config.load.requests, 'seed', { [name]: 1 })).toThrow(`no kind of request "${name}"`);
    }
  });

  it('keeps the newest thousand acknowledged ids, and survives bodies without one', () => {
    let seen: readonly string[] = [];
    const mix = new Mix(
      { any: { weight: 1, build: ({ acknowledged }) => ((seen = acknowledged), { method: 'GET', path: '/' }) } },
      'seed',
    );
    for (const body of ['', 'null', '[1]', '{"id":{}}']) mix.acknowledge(body);
    for (let n = 0; n < 1_001; n++) mix.acknowledge(JSON.stringify({ id: n }));
    mix.request(0, 'r');
    expect([seen.length, seen[0], seen[999]]).toEqual([1_000, '1', '1000']);
  });
});

describe('LatencyHistogram', () => {
  it('reads milliseconds with fractions, and nothing as 0', () => {
    const histogram = new LatencyHistogram();
    expect(histogram.read()).toMatchObject({ samples: 0, p99Ms: 0, maxMs: 0 });
    for (let n = 1; n <= 1_000; n++) histogram.record(n / 10);
    const { samples, p50Ms, p99Ms, maxMs } = histogram.read();
    expect(samples).toBe(1_000);
    expect(p50Ms).toBeCloseTo(50, 0);
    expect(p99Ms).toBeCloseTo(99, 0);
    expect(maxMs).toBeCloseTo(100, 0);
    histogram.record(10 ** 9);
    expect(histogram.read().maxMs).toBeGreaterThan(500_000);
  });
});

describe('steadiness', () => {
  const counts = (ok: number, lost = 0, unsent = 0): LoadCounts => ({
    sent: ok + lost,
    ok,
    failed: 0,
    lost,
    late: 0,
    unsent,
    inFlight: 0,
  });
  const condition = { errorRatioMax: 0.01, holdMs: 1_000, minRequests: 50 };
  const history = (...all: [number, LoadCounts][]) => all.map(([atMs, each]) => ({ atMs, counts: each }));

  it('is steady when the last stretch was good, whatever came before', () => {
    const seen = history([0, counts(0, 500)], [500, counts(10, 600)], [1_500, counts(110, 600)]);
    expect(steadiness(seen, condition)).toMatchObject({ steady: true, ended: 100, bad: 0 });
  });

  it.each([
    ['too short', history([0, counts(0)], [900, counts(100)])],
    ['too few requests', history([0, counts(0)], [1_000, counts(49)])],
    ['too many errors', history([0, counts(0)], [1_000, counts(98, 2)])],
    ['requests that could not be sent', history([0, counts(0)], [1_000, counts(98, 0, 2)])],
    ['no history', []],
  ])('is not steady with %s', (_reason, seen) => {
    expect(steadiness(seen, condition).steady).toBe(false);
  });
});
