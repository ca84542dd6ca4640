import { expect, it } from '@jest/globals';
import { requireKnown } from './down';

it('refuses a project that is not there, and names those that are', () => {
  const there = ['rp-mine-1', 'rp-shop-2'];
  expect(() => requireKnown(['rp-mine-1', 'rp-nosuch'], there, there)).toThrow(
    expect.objectContaining({
      ...{ code: 'unknown-project', kind: 'cannot-run', message: 'there is no project rp-nosuch of ours' },
      hint: 'There are: rp-mine-1, rp-shop-2. Nothing was removed.',
    }),
  );
  expect(() => requireKnown(['rp-nosuch'], [], [])).toThrow(
    expect.objectContaining({ hint: 'None is there. Nothing was removed.' }),
  );
});

it('takes one that is there, or whose state is left, and no name at all', () => {
  expect(() => requireKnown(['rp-mine-1', 'rp-left-3'], ['rp-mine-1', 'rp-left-3'], ['rp-mine-1'])).not.toThrow();
  expect(() => requireKnown([], [], [])).not.toThrow();
});
