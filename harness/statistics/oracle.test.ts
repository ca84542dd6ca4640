import { describe, expect, it, jest } from '@jest/globals';
import { seededRandom } from '../core/random';
import { binomialAtLeast } from './binomial';
import { fisherExactGreater } from './fisher';
import { logFactorial } from './log-factorial';

/** What we ask of jstat, which has no types: an independent implementation by other hands. */
interface Oracle {
  gammaln(x: number): number;
  readonly binomial: { pdf(k: number, n: number, p: number): number };
  readonly hypgeom: { pdf(k: number, population: number, marked: number, drawn: number): number };
}
const { jStat: oracle } = jest.requireActual<{ jStat: Oracle }>('jstat');

/** jstat works in double precision without care for small tails: so much may differ, relative to a value above {@link SMALLEST}. */
const TOLERANCE = 1e-6;
const SMALLEST = 1e-9;

const CASES = 200;

function sum(first: number, last: number, term: (k: number) => number): number {
  let total = 0;
  for (let k = first; k <= last; k++) total += term(k);
  return total;
}

function expectSame(actual: number, expected: number): void {
  if (expected < SMALLEST) expect(actual).toBeLessThan(SMALLEST * 2);
  else expect(Math.abs(actual - expected) / expected).toBeLessThan(TOLERANCE);
}

describe('an independent library says the same', () => {
  const random = seededRandom('oracle');
  const upTo = (most: number) => Math.floor(random.next() * (most + 1));

  it('of factorials', () => {
    for (let n = 1; n <= 5_000; n += 7) expectSame(logFactorial(n + 1), oracle.gammaln(n + 2));
  });

  it('of binomial tails', () => {
    for (let n = 0; n < CASES; n++) {
      const trials = 1 + upTo(300);
      const p = random.next();
      const k = upTo(trials);
      expectSame(
        binomialAtLeast(k, trials, p),
        sum(k, trials, (x) => oracle.binomial.pdf(x, trials, p)),
      );
    }
  });

  it("of Fisher's exact test", () => {
    for (let n = 0; n < CASES; n++) {
      const canary = { requests: 1 + upTo(150), errors: 0 };
      const stable = { requests: 1 + upTo(400), errors: 0 };
      canary.errors = upTo(Math.min(20, canary.requests));
      stable.errors = upTo(Math.min(20, stable.requests));
      if (canary.errors === 0) continue;
      const errors = canary.errors + stable.errors;
      const population = canary.requests + stable.requests;
      const tail = sum(canary.errors, Math.min(errors, canary.requests), (x) =>
        oracle.hypgeom.pdf(x, population, errors, canary.requests),
      );
      expectSame(fisherExactGreater(canary, stable), tail);
    }
  });
});
