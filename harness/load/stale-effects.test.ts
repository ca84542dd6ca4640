import { expect, it } from '@jest/globals';
import { staleEffects } from './stale-effects';

const written = (...effects: readonly (readonly [number, string])[]) =>
  staleEffects(effects.map(([token, holder]) => ({ token, holder })));

it('is content when one writes after the other, each under a higher token', () => {
  expect(written()).toEqual([]);
  expect(written([1, 'a'], [1, 'a'], [4, 'b'], [4, 'b'])).toEqual([]);
});

it('finds what was written under a token after a higher one had been used', () => {
  expect(written([1, 'a'], [2, 'b'], [1, 'a'], [2, 'b'])).toEqual(['3: by a under 1, after 2']);
});

it('finds two that write under the same token', () => {
  expect(written([1, 'a'], [1, 'b'], [1, 'a'])).toEqual(['2: by b under 1, which a held']);
});
