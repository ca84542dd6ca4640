import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../core/random';
import { oddOneOutPValue } from './odd-one-out';

describe('oddOneOutPValue', () => {
  // Roessler et al., "Expanded statistical tables for … the triangle test", J. Food Science 43 (1978): least correct answers at 5, 1 and 0.1 %.
  it.each([
    [5, 0.05, 4],
    [10, 0.05, 7],
    [30, 0.05, 15],
    [10, 0.01, 8],
    [30, 0.01, 17],
    [10, 0.001, 9],
    [30, 0.001, 19],
  ])('needs as many of %i as published at %d', (odd, level, least) => {
    expect(oddOneOutPValue(least, odd)).toBeLessThan(level);
    expect(oddOneOutPValue(least - 1, odd)).toBeGreaterThan(level);
  });

  it('says nothing of what never differed', () => {
    expect(oddOneOutPValue(0, 0)).toBe(1);
  });

  it('fails an innocent one no more often than it says, however noisy answers are', () => {
    const random = seededRandom('odd one out');
    const runs = 2_000;
    let failed = 0;
    for (let run = 0; run < runs; run += 1) {
      let [odd, other] = [0, 0];
      for (let copy = 0; copy < 40; copy += 1) {
        const [a, b, c] = [0, 0, 0].map(() => Math.floor(random.next() * 3));
        if (a === b && c !== a) other += 1;
        if ((a === b && c !== a) || (a !== b && (c === a || c === b))) odd += 1;
      }
      if (oddOneOutPValue(other, odd) < 0.05) failed += 1;
    }
    expect(failed / runs).toBeLessThan(0.06);
  });
});
