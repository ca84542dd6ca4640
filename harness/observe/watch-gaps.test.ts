import { describe, expect, it } from '@jest/globals';
import { WatchGaps } from './watch-gaps';

const at = (atMs: number) => ({ askedAtMs: atMs, answeredAtMs: atMs + 20 });
const all = { startMs: 0, endMs: 10_000 };

describe('gaps in a watch', () => {
  it('are none where looks follow each other', () => {
    const gaps = new WatchGaps(0, 2_000);
    for (let atMs = 250; atMs <= 10_000; atMs += 250) gaps.looked(at(atMs));
    expect(gaps.within(all)).toEqual([]);
  });

  it('hide nothing when they are short', () => {
    const gaps = new WatchGaps(0, 2_000);
    gaps.looked(at(500));
    gaps.failed('refused');
    gaps.looked(at(2_400));
    expect(gaps.within({ startMs: 0, endMs: 3_000 })).toEqual([]);
  });

  it('last from the last look before an outage to the first answer after it, and keep its reason', () => {
    const gaps = new WatchGaps(0, 2_000);
    gaps.looked(at(1_000));
    gaps.failed('Prometheus does not answer');
    gaps.looked(at(5_000));
    gaps.looked(at(6_900));
    expect(gaps.within({ startMs: 0, endMs: 7_000 })).toEqual([
      { fromMs: 1_000, toMs: 5_020, reason: 'Prometheus does not answer' },
    ]);
    expect(gaps.problem).toBeUndefined();
  });

  it('that are still open count, and so does a watcher that never saw anything', () => {
    const gaps = new WatchGaps(0, 2_000);
    gaps.failed('refused');
    expect(gaps.within(all)).toEqual([{ fromMs: 0, toMs: 10_000, reason: 'refused' }]);
  });

  it('count by what of them lies in the window', () => {
    const gaps = new WatchGaps(0, 2_000);
    gaps.looked(at(5_000));
    gaps.looked(at(5_500));
    expect(gaps.within({ startMs: 4_000, endMs: 6_000 })).toEqual([]);
    expect(gaps.within({ startMs: 1_000, endMs: 6_000 })).toMatchObject([{ fromMs: 1_000, toMs: 5_020 }]);
  });

  it('are those of a slow answer too', () => {
    const gaps = new WatchGaps(0, 2_000);
    gaps.looked({ askedAtMs: 100, answeredAtMs: 4_000 });
    expect(gaps.within({ startMs: 0, endMs: 4_000 })).toMatchObject([
      { fromMs: 0, reason: 'a look took too long' },
      { fromMs: 100 },
    ]);
  });
});
