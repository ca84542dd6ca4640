import { expect, it } from '@jest/globals';
import { canary } from './canary';
import { suitedTo, unlessExclusive } from './for-service';
import { recreate } from './recreate';
import { recordOf } from './strategy';

const ORDINARY = { port: 80, readiness: '/' };
const EXCLUSIVE = { ...ORDINARY, exclusive: true };
const asked = canary({ steps: [50, 100], bakeMs: 7_000 });
const byDefault = { ...asked, isDefault: true };

it('lets an exclusive service have only what takes turns', () => {
  expect(() => suitedTo(EXCLUSIVE, asked)).toThrow(
    /canary .*an exclusive service never has two revisions at once: take `recreate`/,
  );
  const turns = recreate();
  expect(suitedTo(EXCLUSIVE, turns)).toBe(turns);
  expect(suitedTo(ORDINARY, asked)).toBe(asked);
});

it('takes turns where an exclusive service was given no strategy, by the same settings', () => {
  expect(recordOf(unlessExclusive(EXCLUSIVE, byDefault))).toEqual(recordOf(recreate({ bakeMs: 7_000 })));
  expect(unlessExclusive(EXCLUSIVE, asked)).toBe(asked);
  expect(unlessExclusive(ORDINARY, byDefault)).toBe(byDefault);
  expect(unlessExclusive(undefined, byDefault)).toBe(byDefault);
});
