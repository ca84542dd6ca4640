import { describe, expect, it } from '@jest/globals';
import { binomialAtLeast } from './binomial';
import { fisherExactGreater } from './fisher';
import { mannWhitneyGreater } from './mann-whitney';
import { logEVariable, nearestWithoutRise, nearestWithRise } from './safe-comparison';
import values from './testing/scipy-values.json';

/** Relative; SciPy's own minimizer finds the nearest hypothesis to about 1e-8. */
const TOLERANCE = 1e-6;

function expectSame(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(TOLERANCE * Math.max(1e-6, Math.abs(expected)));
}

describe('SciPy says the same', () => {
  it('of Fisher’s exact test', () => {
    for (const { canary, stable, p } of values.fisher) expectSame(fisherExactGreater(canary, stable), p);
  });

  it('of binomial tails', () => {
    for (const { k, n, p, atLeast } of values.binomial) expectSame(binomialAtLeast(k, n, p), atLeast);
  });

  it('of rank tests, exact and with ties', () => {
    for (const { larger, smaller, u, p } of values.ranks) {
      const { u: own, pValue } = mannWhitneyGreater(larger, smaller);
      expectSame(own, u);
      expectSame(pValue, p);
    }
  });

  it('of e-variables, and of the hypothesis that is nearest to a bet', () => {
    for (const { canary, stable, bet, rise, log } of values.eVariables) {
      const block = { canary, stable };
      const nearest = rise === 0 ? nearestWithoutRise(block, bet) : nearestWithRise(block, bet, rise);
      expect(Math.abs(logEVariable(block, bet, nearest) - log)).toBeLessThan(1e-4);
    }
  });
});
