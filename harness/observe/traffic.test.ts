import { describe, expect, it } from '@jest/globals';
import { TrafficWindows } from './traffic';

const line = (startedAtMs: number, revision: string | undefined, status = 200, durationMs = 10) => ({
  startedAtMs,
  durationMs,
  revision: revision as string,
  status,
});

describe('traffic windows', () => {
  it('counts requests and errors by revision, by the second in which they ended', () => {
    const windows = new TrafficWindows('orders');
    windows.add(line(1_000, 'orders-r1'));
    windows.add(line(1_995, 'orders-r1'));
    windows.add(line(1_500, 'orders-r2', 500));
    windows.add(line(1_600, undefined, 503));
    windows.add(line(1_700, 'orders-r1', -1));
    expect(windows.close(2_000)).toEqual([
      {
        type: 'traffic-window',
        service: 'orders',
        startMs: 1_000,
        lengthMs: 1_000,
        revisions: {
          'orders-r1': { requests: 2, errors: 1 },
          'orders-r2': { requests: 1, errors: 1 },
          front: { requests: 1, errors: 1 },
        },
      },
    ]);
    expect(windows.close(Infinity)).toMatchObject([{ startMs: 2_000, revisions: { 'orders-r1': { requests: 1 } } }]);
  });

  it('counts a late line in the oldest window that is open, never twice and never not', () => {
    const windows = new TrafficWindows('orders');
    windows.add(line(1_000, 'orders-r1'));
    windows.close(3_000);
    windows.add(line(1_200, 'orders-r1'));
    expect(windows.close(4_000)).toMatchObject([{ startMs: 3_000, revisions: { 'orders-r1': { requests: 1 } } }]);
  });
});
