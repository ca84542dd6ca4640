import { expect, it } from '@jest/globals';
import { latencyWindows } from './windows';

it('gives the same windows until one is closed or spoiled, and then others', () => {
  const windows = latencyWindows(['r1', 'r2'], 100);
  const fill = (fromMs: number) => {
    for (let at = fromMs; at < fromMs + 100; at += 10) for (const one of ['r1', 'r2']) windows.add(one, at, 5);
  };
  fill(0);
  windows.closeUntil(10_000);
  const first = windows.of('r1');
  expect(first).toHaveLength(1);
  expect(windows.of('r1')).toBe(first);
  fill(10_000);
  windows.closeUntil(20_000);
  const both = windows.of('r1');
  expect(both).toHaveLength(2);
  windows.spoil(0, 50);
  expect(windows.of('r1')).toHaveLength(1);
});
