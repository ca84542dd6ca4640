import { describe, expect, it } from '@jest/globals';
import type { NightlyHistory } from '../contract/nightly-history';
import { seededRandom } from '../core/random';
import { median, robustSpread } from '../statistics/robust';
import { driftFindings } from './drift';
import { flakyFindings } from './flaky';
import { historyOf, nightBefore, scenarioNamed, triedAs } from './testing/night';

const candidates = [scenarioNamed('a')];
const flaky = (tonight: Parameters<typeof flakyFindings>[0]['tonight'], history = historyOf(), revision?: string) =>
  flakyFindings({ candidates, history, tonight, revision });

describe('a scenario that changes its verdict', () => {
  it('with the same seed is a finding, whichever came first', () => {
    expect(flaky([triedAs('a', 'passed'), triedAs('a', 'failed'), triedAs('a', 'passed')])).toEqual([
      {
        kind: 'flaky',
        subject: 'a',
        observed: 'passed 2 of 3 times: passed, failed, passed',
        expected: 'one verdict with seed s',
      },
    ]);
    expect(flaky([triedAs('a', 'error'), triedAs('a', 'passed')])).toHaveLength(1);
  });

  it('is none when it fails each time, when the seeds differ, or when it only could not tell', () => {
    expect(flaky([triedAs('a', 'failed'), triedAs('a', 'failed')])).toEqual([]);
    expect(flaky([triedAs('a', 'failed', 1, 'one'), triedAs('a', 'passed', 1, 'two')])).toEqual([]);
    expect(flaky([triedAs('a', 'passed'), triedAs('a', 'inconclusive'), triedAs('a', 'skipped')])).toEqual([]);
  });

  it('since another night is a finding only where the same commit was tried', () => {
    const history = historyOf(nightBefore(1, [triedAs('a', 'passed')], { revision: 'c0ffee' }));
    expect(flaky([triedAs('a', 'failed')], history, 'c0ffee')).toHaveLength(1);
    expect(flaky([triedAs('a', 'failed')], history, 'decaf')).toEqual([]);
    expect(flaky([triedAs('a', 'failed')], history)).toEqual([]);
  });
});

const figure = (...values: readonly number[]) => ({ name: 'switch', unit: 'ms', values });

/** A history whose nights measured these, oldest first. */
const measured = (values: readonly number[]): NightlyHistory =>
  historyOf(...values.map((value, index) => nightBefore(values.length - index, [], { figures: [figure(value)] })));

const NOISE = [20, 22, 19, 21, 20, 23, 18, 21, 20, 22, 21];

describe('a figure that drifts', () => {
  it('is a finding when all of tonight lies beyond the noise of its history, on either side', () => {
    const [found] = driftFindings(measured(NOISE), [figure(40, 41)]);
    expect(found).toMatchObject({ kind: 'drift', subject: 'switch', observed: '40 ms, then 41 ms: above its noise' });
    expect(found?.expected).toMatch(/^21 ms ± 7\.413 ms: the median of 11 nights/);
    expect(driftFindings(measured(NOISE), [figure(2, 3)])).toMatchObject([
      { observed: '2 ms, then 3 ms: below its noise' },
    ]);
  });

  it('is a finding on the second night where each night measures once', () => {
    expect(driftFindings(measured(NOISE), [figure(40)])).toEqual([]);
    expect(driftFindings(measured([...NOISE, 41]), [figure(40)])).toHaveLength(1);
  });

  it('is none within the noise, with one value on the other side, or with a history of fewer than ten nights', () => {
    expect(driftFindings(measured(NOISE), [figure(24, 25)])).toEqual([]);
    expect(driftFindings(measured(NOISE), [figure(40, 21)])).toEqual([]);
    expect(driftFindings(measured(NOISE.slice(0, 9)), [figure(40, 41)])).toEqual([]);
    expect(driftFindings(measured(NOISE), [{ ...figure(40, 41), unit: 's' }])).toEqual([]);
  });

  it('is a finding of any size where it never moved before', () => {
    expect(driftFindings(measured(NOISE.map(() => 0)), [figure(1, 2)])).toHaveLength(1);
  });

  it('is not moved out of sight by a wild night in its history', () => {
    expect(driftFindings(measured([...NOISE.slice(1), 5_000]), [figure(40, 41)])).toHaveLength(1);
  });

  it('is a false alarm in fewer than one of 500 figures that have not moved', () => {
    const random = seededRandom('drift');
    const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const draw = () => 100 * Math.exp(0.1 * normal());
    const nights = Array.from({ length: 4_000 }, () => ({
      history: measured(Array.from({ length: 11 }, draw)),
      tonight: [figure(draw())],
    }));
    const alarms = nights.filter(({ history, tonight }) => driftFindings(history, tonight).length > 0);
    expect(alarms.length).toBeLessThanOrEqual(8);
  });
});

describe('the middle and the spread of values', () => {
  it('are as the books have them', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, Number.NaN]);
    // MAD of 1, 1, 2, 2, 4, 6, 9 is 1 (its median is 2): the example of Wikipedia's "Median absolute deviation".
    expect(robustSpread([1, 1, 2, 2, 4, 6, 9])).toBeCloseTo(1.4826);
    // More than half are the same: the mean absolute deviation, 10 / 5.
    expect(robustSpread([5, 5, 5, 5, 15])).toBeCloseTo(2 * 1.2533);
    expect(robustSpread([5, 5])).toBe(0);
  });
});
