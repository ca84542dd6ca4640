import { describe, expect, it } from '@jest/globals';
import { growthBetween } from './trace-view';

const times = (values: Record<string, number>, count = 30) =>
  Object.fromEntries(Object.entries(values).map(([key, lowestDecileMs]) => [key, { lowestDecileMs, count }]));

describe('growthBetween', () => {
  const before = times({ 'a → b': 1, a: 2, b: 3 });

  it('tells the edge that slowed down from the others, and names the one of them that grew most', () => {
    const growth = growthBetween(before, times({ 'a → b': 201, a: 2.25, b: 2.5 }));
    expect(growth.of('a → b')).toMatchObject({ value: 200, samples: 30 });
    expect(growth.largestBeside('a → b')).toMatchObject({ name: 'own time of a (lowest tenth) grows', value: 0.25 });
  });

  it('sees a second edge that slowed down', () => {
    expect(growthBetween(before, times({ 'a → b': 201, a: 52, b: 3 })).largestBeside('a → b').value).toBe(50);
  });

  it('says how much of the growth is of one edge', () => {
    const growth = growthBetween(before, times({ 'a → b': 201, a: 52, b: 3 }));
    expect(growth.shareOf('a → b')).toMatchObject({ value: 0.8, samples: 30 });
    expect(growth.shareOf('a').value).toBeCloseTo(0.2);
    expect(growthBetween(before, times({ 'a → b': 201, a: 1, b: 2 })).shareOf('a → b').value).toBe(1);
    expect(growthBetween(before, before).shareOf('a → b').value).toBe(0);
    expect(growthBetween(before, times({ 'a → b': 201 })).shareOf('a → b').value).toBeUndefined();
  });

  it('has no figure for what was not seen in both windows, or too rarely', () => {
    const growth = growthBetween(before, times({ 'a → b': 201, c: 9 }));
    expect(growth.of('c').value).toBeUndefined();
    expect(growth.largestBeside('a → b')).toMatchObject({ value: undefined, samples: 0 });
    expect(growthBetween(before, times({ a: 90 }, 3)).largestBeside('a → b').samples).toBe(0);
  });
});
