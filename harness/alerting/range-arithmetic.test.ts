import { describe, expect, it } from '@jest/globals';
import { SCRAPE_INTERVAL_MS } from './compression';
import { TEST_OPTIONS } from './testing/alert';
import { expectedIn, type AlertCase } from './testing/alert-case';
import { ERROR_RATE } from './testing/error-rate-proof';
import { SLOW_ANSWERS, SLOW_OPTIONS } from './testing/latency-proof';
import { computedStates } from './testing/range-arithmetic';

/** That an alert watches its service, and what counts, is not a matter of arithmetic. */
const isArithmetic = ({ service, source = 'front' }: AlertCase & { readonly source?: string }) =>
  service === undefined && source === 'front';

const PROOFS = [
  ...ERROR_RATE.cases.filter(isArithmetic).map((one) => [one.name, one, TEST_OPTIONS] as const),
  ...SLOW_ANSWERS.cases.filter(isArithmetic).map((one) => [one.name, one, SLOW_OPTIONS] as const),
];

describe.each([2, 3])('ranges as Prometheus %d takes them', (major) => {
  it.each(PROOFS)('%s', (_, one, rule) => {
    expect(computedStates(one, rule, major)).toMatchObject(expectedIn(major, one));
  });
});

describe('an alert in Prometheus 3', () => {
  const stepS = SCRAPE_INTERVAL_MS / 1_000;
  const everyStep = Object.fromEntries(Array.from({ length: 140 }, (_, step) => [step * stepS, 'inactive' as const]));

  /** Seconds after the first bad request; Infinity: never. */
  function firesAfterS(one: AlertCase, rule: (typeof PROOFS)[number][2], major: number): number {
    const states = Object.entries(computedStates({ ...one, expected: everyStep }, rule, major));
    return Math.min(...states.filter(([, state]) => state === 'firing').map(([afterS]) => Number(afterS)), Infinity);
  }

  it.each(PROOFS)('fires when it does in 2, or one evaluation earlier: %s', (_, one, rule) => {
    const [in2, in3] = [2, 3].map((major) => firesAfterS(one, rule, major));
    expect([in2, Number(in2) - stepS]).toContain(in3);
  });
});
