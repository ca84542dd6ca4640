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

/** Litters of rats, each of so many pups at four days, of which so many lived to the 21st (Weil 1970). */
const LITTERS = {
  control: [13, 12, 9, 9, 8, 8, 13, 12, 10, 10, 9, 13, 5, 7, 10, 10],
  controlLived: [13, 12, 9, 9, 8, 8, 12, 11, 9, 9, 8, 11, 4, 5, 7, 7],
  treated: [12, 11, 10, 9, 11, 10, 10, 9, 9, 5, 9, 7, 10, 6, 10, 7],
  treatedLived: [12, 11, 10, 9, 10, 9, 9, 8, 8, 4, 7, 4, 5, 3, 3, 0],
};

it('is as published', () => {
  const pairs = (lived: readonly number[], all: readonly number[]) =>
    all.map((trials, index) => [lived[index] ?? 0, trials] as const);
  // Rao & Scott, Biometrics 48 (1992), table 1: 3.952861 and 1.232495 (as rsb(rat$y, rat$n, rat$group) of the R package PF prints them).
  expect(effectOf(pairs(LITTERS.treatedLived, LITTERS.treated))).toBeCloseTo(3.952861, 6);
  // 1.232495 is within what chance makes of 16 independent litters: 1 + √(2/15) = 1.37.
  expect(effectOf(pairs(LITTERS.controlLived, LITTERS.control))).toBe(1);
  // The birds of the same package's vignette, all six groups as one: 6.334514.
  expect(effectOf(pairs([1, 8, 9, 8, 8, 27], [10, 20, 15, 16, 10, 30]))).toBeCloseTo(6.334514, 6);
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

it('counts what comes late with its own cluster, and nothing of one that was dropped', () => {
  const counted = clusteredTrials();
  for (const [cluster, isHit] of [
    [1, true],
    [2, false],
    [1, true],
  ] as const)
    counted.add(cluster, isHit);
  expect([counted.trials, counted.hits]).toEqual([3, 2]);
  // Clusters (2 of 2) and (0 of 1), p = 2/3: 2 · ((2/3)² + (2/3)²) / (3 · 2/9) = 8/3, above 1 + √2.
  expect(counted.designEffect()).toBeCloseTo(8 / 3, 10);
  counted.drop(1);
  expect([counted.trials, counted.hits]).toEqual([1, 0]);
});
