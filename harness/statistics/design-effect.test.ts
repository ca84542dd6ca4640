import { expect, it } from '@jest/globals';
import { clusteredTrials } from './design-effect';

/** Hits and trials by cluster. */
function effectOf(clusters: readonly (readonly [hits: number, trials: number])[]): number {
  const counted = clusteredTrials();
  clusters.forEach(([hits, trials], cluster) => {
    for (let n = 0; n < trials; n += 1) counted.add(cluster, n < hits);
  });
  return counted.designEffect();
}

it('is the ratio of the two variances where that is more than chance makes', () => {
  // m = 4, p = 10/40: squares 3 · (1 - 2.5)² + (7 - 2.5)² = 27, times 4/3 = 36; 40 · 0.25 · 0.75 = 7.5; chance alone: up to 1 + √(2/3) = 1.8.
  expect(
    effectOf([
      [1, 10],
      [7, 10],
      [1, 10],
      [1, 10],
    ]),
  ).toBeCloseTo(36 / 7.5, 10);
  // p = 7/40: squares 3 · (1.75 - 1)² + (4 - 1.75)² = 6.75, times 4/3 = 9; 40 · 0.175 · 0.825 = 5.8: 1.6.
  expect(
    effectOf([
      [1, 10],
      [4, 10],
      [1, 10],
      [1, 10],
    ]),
  ).toBe(1);
});

it('is 1 for what is spread more evenly than chance would, and where there is nothing to spread', () => {
  expect(
    effectOf([
      [2, 10],
      [2, 10],
      [2, 10],
    ]),
  ).toBe(1);
  expect(
    effectOf([
      [0, 10],
      [0, 10],
    ]),
  ).toBe(1);
  expect(
    effectOf([
      [10, 10],
      [10, 10],
    ]),
  ).toBe(1);
});

it('makes one trial of a single cluster, of which nobody knows whether its hits belong together', () => {
  expect(effectOf([[9, 11]])).toBe(11);
});

it('counts what comes late with the latest cluster', () => {
  const counted = clusteredTrials();
  for (const [cluster, isHit] of [
    [1, true],
    [2, false],
    [1, true],
  ] as const)
    counted.add(cluster, isHit);
  expect([counted.trials, counted.hits]).toEqual([3, 2]);
  // Clusters (1 of 1) and (1 of 2), p = 2/3: 2 · ((1/3)² + (1/3)²) / (3 · 2/9) = 2/3, so at least 1.
  expect(counted.designEffect()).toBe(1);
});
