import { expect, it } from '@jest/globals';
import { measureSlowdown } from './pace';

it('takes work for as long as the CPU does for it, and tells how much longer that lasted', () => {
  const before = process.cpuUsage();
  const slowdown = measureSlowdown();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeGreaterThanOrEqual(10);
  // Other threads of this process may have worked at the same time: then it is less than 1.
  expect(slowdown).toBeGreaterThan(0);
});
