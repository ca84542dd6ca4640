import { describe, expect, it } from '@jest/globals';
import { FRONT_ITSELF, type RequestSample } from '../front/sample';
import { TrafficWindows } from './traffic';

const sample = (startedAtMs: number, revision: string, went: Partial<RequestSample> = {}): RequestSample => {
  const times = { startedAtMs, endedAtMs: startedAtMs + 10 };
  return { id: 'r', revision, ...times, error: false, clientError: false, ...went };
};

describe('traffic windows', () => {
  it('counts requests, errors and client errors by revision, by the second in which they ended', () => {
    const windows = new TrafficWindows('orders');
    windows.add(sample(1_000, 'orders-r1'));
    windows.add(sample(1_995, 'orders-r1'));
    windows.add(sample(1_500, 'orders-r2', { error: true }));
    windows.add(sample(1_550, 'orders-r2', { clientError: true }));
    windows.add(sample(1_600, FRONT_ITSELF, { error: true }));
    windows.add(sample(1_700, 'orders-r1', { error: true }));
    expect(windows.close(2_000)).toEqual([
      {
        type: 'traffic-window',
        service: 'orders',
        startMs: 1_000,
        lengthMs: 1_000,
        revisions: {
          'orders-r1': { requests: 2, errors: 1, clientErrors: 0 },
          'orders-r2': { requests: 2, errors: 1, clientErrors: 1 },
          front: { requests: 1, errors: 1, clientErrors: 0 },
        },
      },
    ]);
    expect(windows.close(Infinity)).toMatchObject([{ startMs: 2_000, revisions: { 'orders-r1': { requests: 1 } } }]);
  });

  it('counts a wrong answer once: in its own second, or, when that is written already, in the oldest that is open', () => {
    const windows = new TrafficWindows('orders');
    const good = sample(1_000, 'orders-r2');
    const absent = sample(1_100, 'orders-r2', { clientError: true });
    const wrong = (seen: RequestSample) => ({ ...seen, error: true, clientError: false, wrong: 'no order id' });
    windows.add(good);
    windows.add(absent);
    windows.add(wrong(absent), absent);
    expect(windows.close(3_000)).toMatchObject([
      { startMs: 1_000, revisions: { 'orders-r2': { requests: 2, errors: 1, clientErrors: 0, wrong: 1 } } },
    ]);
    windows.add(wrong(good), good);
    expect(windows.close(4_000)).toMatchObject([
      { startMs: 3_000, revisions: { 'orders-r2': { requests: 0, errors: 1, clientErrors: 0, wrong: 1 } } },
    ]);
  });

  it('counts a late line in the oldest window that is open, never twice and never not', () => {
    const windows = new TrafficWindows('orders');
    windows.add(sample(1_000, 'orders-r1'));
    windows.close(3_000);
    windows.add(sample(1_200, 'orders-r1'));
    expect(windows.close(4_000)).toMatchObject([{ startMs: 3_000, revisions: { 'orders-r1': { requests: 1 } } }]);
  });
});
