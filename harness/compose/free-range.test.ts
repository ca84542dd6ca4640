import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { freeRange } from './free-range';

describe('freeRange', () => {
  it.each<[string, string[], string | undefined]>([
    ['10.9.0.0/24', ['10.9.0.4'], '10.9.0.128/25'],
    ['10.9.0.0/24', ['10.9.0.4', '10.9.0.200'], '10.9.0.64/26'],
    ['10.9.0.0/30', ['10.9.0.1', '10.9.0.2'], undefined],
    ['10.9.0.0/24', [], undefined],
    ['10.9.0.0/24', ['10.8.0.1'], undefined],
    ['fd00::/64', ['fd00::4'], undefined],
  ])('of %s without %p is %s', (range, reserved, expected) => {
    expect(freeRange(range, reserved)).toBe(expected);
  });

  it('holds none of the addresses, and lies in the range', () => {
    const last = fc.integer({ min: 1, max: 254 });
    fc.assert(
      fc.property(fc.uniqueArray(last, { minLength: 1, maxLength: 20 }), (taken) => {
        const range = freeRange(
          '10.9.0.0/24',
          taken.map((one) => `10.9.0.${one}`),
        );
        const [, first, bits] = /^10\.9\.0\.(\d+)\/(\d+)$/.exec(range ?? '') ?? [];
        const end = Number(first) + 2 ** (32 - Number(bits));
        expect(taken.filter((one) => one >= Number(first) && one < end)).toEqual([]);
        expect(end).toBeLessThanOrEqual(256);
      }),
    );
  });
});
