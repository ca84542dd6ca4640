import { expect, it } from '@jest/globals';
import { measureSlowdown } from './pace';

it('takes work for as long as the CPU does for it, and tells how much longer that lasted', () => {
  const before = process.cpuUsage();
  const slowdown = measureSlowdown();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeGreaterThanOrEqual(10);
  // Clocks of the kernel for time and for CPU differ by microseconds.
  expect(slowdown).toBeGreaterThan(0.9);
});
