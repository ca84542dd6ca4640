import { expect, it } from '@jest/globals';
import { HarnessError } from '../core/errors';
import { MachineWatch } from './machine-watch';

const FAILED = new HarnessError('check-failed', { message: 'orders-r2 lost 3 requests' });

/** A scenario of `seconds`, in the last ones of which the machine was busy. */
function judged(seconds: number, starved: number, error: unknown): unknown {
  let nowMs = 1_000_000;
  const watch = new MachineWatch(() => nowMs);
  const sinceMs = nowMs;
  nowMs += (seconds - starved) * 1_000;
  for (let second = 0; second < starved; second++) {
    nowMs += 1_000;
    watch.note(9 + second);
  }
  return watch.judge(error, sinceMs);
}

it.each([
  [10, 3],
  [12, 3],
  [100, 25],
])('lets nothing be concluded from what failed in %d s of which %d were starved', (seconds, starved) => {
  expect(judged(seconds, starved, FAILED)).toMatchObject({
    code: 'machine-starved',
    kind: 'inconclusive',
    message: expect.stringContaining(`up to ${8 + starved} times as long`) as unknown as string,
    cause: FAILED,
  });
});

it.each([
  [2, 2],
  [13, 3],
  [100, 24],
])('leaves what failed in %d s of which %d were starved as it is', (seconds, starved) => {
  expect(judged(seconds, starved, FAILED)).toBe(FAILED);
});

it.each([undefined, new HarnessError('interrupted', { message: 'interrupted' }), new TypeError('x is not a function')])(
  'leaves what is no failure as it is: %s',
  (error) => {
    expect(judged(10, 9, error)).toBe(error);
  },
);

it('says of the latest seconds alone whether they were starved', () => {
  let nowMs = 0;
  const watch = new MachineWatch(() => nowMs);
  for (let second = 0; second < 3; second++) {
    nowMs += 1_000;
    watch.note(20);
  }
  expect(watch.isStarved(6_000)).toBe(true);
  expect(watch.isStarved(60_000)).toBe(false);
  nowMs += 6_000;
  expect(watch.isStarved(6_000)).toBe(false);
});
