import { describe, expect, it } from '@jest/globals';
import { quantile } from '../../harness/statistics/quantile';
import { missesBar } from './row';

const row = (value: number, samples: number, limit?: number) => ({
  ...{ name: 'lost', unit: 'requests', value, samples },
  ...(limit === undefined ? {} : { limit }),
});

describe('a row of a benchmark', () => {
  it('keeps its bar up to it, and misses it beyond', () => {
    expect([missesBar(row(25, 30, 25)), missesBar(row(25.1, 30, 25)), missesBar(row(99, 30))]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('misses its bar when nothing was measured', () => {
    expect([missesBar(row(0, 0, 0)), missesBar(row(quantile([], 0.5), 30, 5))]).toEqual([true, true]);
  });
});
