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

it('has a 95th percentile for both revisions or for neither: seconds in which only one had enough are not compared', () => {
  const windows = latencyWindows(['r1', 'r2'], 100);
  const fill = (fromMs: number, requests: Readonly<Record<string, number>>) => {
    for (const [revision, count] of Object.entries(requests)) {
      for (let n = 0; n < count; n += 1) windows.add(revision, fromMs + (100 * n) / count, 5);
    }
  };
  fill(0, { r1: 40, r2: 19 });
  windows.closeUntil(350);
  fill(100, { r1: 40, r2: 20 });
  windows.closeUntil(450);
  for (const revision of ['r1', 'r2']) {
    expect(windows.of(revision).map(({ p95Ms }) => p95Ms)).toEqual([undefined, 5]);
  }
});
