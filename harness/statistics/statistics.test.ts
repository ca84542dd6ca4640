import { describe, expect, it } from '@jest/globals';
import { binomialAtLeast } from './binomial';
import { fisherExactGreater } from './fisher';
import { logFactorial } from './log-factorial';
import { mannWhitneyGreater, smallestRankPValue } from './mann-whitney';
import { powerToDetect } from './power';
import { alphaOfLook, lookSchedule } from './repeated-looks';

/** Relative error allowed against reference values that were computed in double precision. */
const RELATIVE_TOLERANCE = 1e-9;

function expectClose(actual: number, expected: number, tolerance = RELATIVE_TOLERANCE): void {
  expect(Math.abs(actual - expected) / expected).toBeLessThan(tolerance);
}

describe('logFactorial', () => {
  it('joins its table and its series without a step', () => {
    for (const n of [1022, 1023, 1024, 1025]) {
      expectClose(logFactorial(n + 1) - logFactorial(n), Math.log(n + 1), 1e-11);
    }
    expectClose(logFactorial(170), 706.5730622457874, 1e-12);
  });
});

describe('fisherExactGreater', () => {
  // Reference: fisher.test(alternative = "greater") of R and scipy.stats.fisher_exact agree on these.
  it.each([
    [3, 15, 0, 60, 0.006738245094409477],
    [5, 25, 0, 100, 0.00022653695120192392],
    [8, 100, 2, 400, 6.357747676424022e-5],
    [40, 200, 80, 400, 0.540233547696199],
    [1, 10, 30, 40, 0.9999910070581743],
    [60, 3_000, 100, 9_000, 0.00028541893955559837],
    [2_000, 100_000, 5_500, 300_000, 0.00043384503455004954],
    [120, 1_000, 20, 200, 0.25068168878802277],
  ])('%i of %i against %i of %i', (errors, requests, stableErrors, stableRequests, p) => {
    const actual = fisherExactGreater({ requests, errors }, { requests: stableRequests, errors: stableErrors });
    expectClose(actual, p, 1e-7);
  });

  it('gives the tea taster p = 17/70', () => {
    expectClose(fisherExactGreater({ requests: 4, errors: 3 }, { requests: 4, errors: 1 }), 17 / 70);
  });

  it('knows nothing from one side alone, or from no errors', () => {
    expect(fisherExactGreater({ requests: 10, errors: 10 }, { requests: 0, errors: 0 })).toBe(1);
    expect(fisherExactGreater({ requests: 10, errors: 0 }, { requests: 10, errors: 5 })).toBe(1);
    expect(fisherExactGreater({ requests: 10, errors: 10 }, { requests: 10, errors: 10 })).toBe(1);
  });
});

describe('mannWhitneyGreater', () => {
  it('is exact for small samples without ties (Hollander & Wolfe, placenta: p = 0.1272)', () => {
    const x = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const y = [1.15, 0.88, 0.9, 0.74, 1.21];
    const test = mannWhitneyGreater(x, y);
    expect(test.u).toBe(35);
    expectClose(test.pValue, 0.1272061272061272);
    expectClose(test.shift, 0.305);
  });

  it('corrects for ties and continuity', () => {
    const test = mannWhitneyGreater([12, 14, 14, 15, 18, 20, 20, 21], [10, 11, 12, 14, 14, 15, 16, 16, 13]);
    expect(test.u).toBe(55);
    expectClose(test.pValue, 0.036276396819154);
  });

  it('approximates large samples', () => {
    const x = Array.from({ length: 60 }, (_, i) => ((i * 37) % 101) + 30);
    const y = Array.from({ length: 70 }, (_, i) => ((i * 53) % 103) + 20);
    expectClose(mannWhitneyGreater(x, y).pValue, 0.05939041193795807);
  });

  it('reaches its smallest p when the samples do not overlap', () => {
    const high = Array.from({ length: 10 }, (_, i) => 100 + i);
    const low = Array.from({ length: 10 }, (_, i) => i);
    expectClose(mannWhitneyGreater(high, low).pValue, 5.412544112234515e-6);
    expectClose(smallestRankPValue(10, 10), 5.412544112234515e-6);
    expect(mannWhitneyGreater(low, high).pValue).toBe(1);
  });

  it('finds nothing in equal samples', () => {
    expect(mannWhitneyGreater([5, 5, 5, 5], [5, 5, 5, 5]).pValue).toBe(1);
    expect(mannWhitneyGreater([], [1]).pValue).toBe(1);
  });
});

describe('powerToDetect', () => {
  it('agrees with a plain double sum', () => {
    const small = { canaryRequests: 60, stable: { requests: 180, errors: 1.8 }, rise: 0.1, alpha: 0.001 };
    const large = { canaryRequests: 200, stable: { requests: 600, errors: 120 }, rise: 0.1, alpha: 0.01 };
    expectClose(powerToDetect(small), 0.4433513182813128, 1e-6);
    expectClose(powerToDetect(large), 0.6709028708880708, 1e-6);
    expectClose(binomialAtLeast(5, 50, 0.1), 0.5688015931709377);
    expectClose(binomialAtLeast(201, 1_000, 0.1), 1.2886775843069742e-21, 1e-6);
  });

  // Simulated earlier, on a grid: stable at 0.1 % errors with three times as many requests, 95 % power. Within 15 %.
  it.each([
    [0.2, 0.01, 40],
    [0.2, 0.001, 47],
    [0.1, 0.01, 86],
    [0.1, 0.001, 114],
    [0.05, 0.01, 175],
    [0.02, 0.01, 543],
  ])('needs about the known number of requests for a true ratio of %d at alpha %d', (ratio, alpha, known) => {
    const power = (canaryRequests: number) => {
      const stable = { requests: canaryRequests * 3, errors: canaryRequests * 3 * 0.001 };
      return powerToDetect({ canaryRequests, stable, rise: ratio - 0.001, alpha });
    };
    expect(power(Math.floor(known * 0.85))).toBeLessThan(0.95);
    expect(power(Math.ceil(known * 1.15))).toBeGreaterThan(0.95);
  });

  it('has none without stable requests', () => {
    expect(powerToDetect({ canaryRequests: 500, stable: { requests: 0, errors: 0 }, rise: 0.5, alpha: 0.01 })).toBe(0);
  });
});

describe('repeated looks', () => {
  it('spend the whole error budget and no more', () => {
    let spent = 0;
    for (let look = 1; look <= 100_000; look += 1) spent += alphaOfLook(0.01, look);
    expect(spent).toBeLessThan(0.01);
    expect(spent).toBeGreaterThan(0.00999);
  });

  it('get rarer as samples grow', () => {
    const schedule = lookSchedule(5, 5);
    const at: number[] = [];
    for (let n = 0; n <= 10_000; n += 1) if (schedule.due(n)) at.push(n);
    expect(at.slice(0, 5)).toEqual([5, 10, 15, 20, 25]);
    expect(schedule.look).toBeLessThan(45);
  });
});
