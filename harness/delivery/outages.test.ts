import { expect, it } from '@jest/globals';
import { outageWatch } from './outages';
import type { RequestSample } from './ports';

const sample = (startedAtMs: number, servedBy?: string): RequestSample => ({
  ...{ id: 'r', revision: 'orders-r1', error: servedBy === undefined, clientError: false },
  ...(servedBy === undefined ? {} : { servedBy }),
  startedAtMs,
  endedAtMs: startedAtMs + 10,
});

it('counts what nobody served between the last answer before and the first after, however late the lines come', () => {
  const watch = outageWatch();
  watch.add(sample(50));
  watch.add(sample(90, 'orders-r1'));
  watch.begins(100);
  watch.add(sample(105));
  watch.nobodyServes(200);
  watch.add(sample(101, 'orders-r1'));
  watch.add(sample(250));
  watch.add(sample(320, 'orders-r2'));
  watch.add(sample(300, 'orders-r2'));
  watch.add(sample(400));
  expect(watch.all()).toEqual([{ lastAnswerAtMs: 105, firstAnswerAtMs: 310, unserved: 2 }]);
});

it('begins with the first request that nobody served, however long what was under way takes to end', () => {
  const watch = outageWatch();
  watch.add(sample(90, 'orders-r2'));
  watch.begins(100);
  watch.add(sample(110));
  watch.nobodyServes(39_000);
  watch.add({ ...sample(95, 'orders-r2'), endedAtMs: 39_000, error: true });
  watch.add(sample(40_000, 'orders-r1'));
  expect(watch.all()).toEqual([{ lastAnswerAtMs: 110, firstAnswerAtMs: 40_010, unserved: 1 }]);
});

it('is one as long as nobody has answered, and another one after that', () => {
  const watch = outageWatch();
  watch.begins(100);
  watch.nobodyServes(100);
  watch.begins(150);
  watch.nobodyServes(160);
  watch.add(sample(170, 'orders-r1'));
  watch.begins(200);
  watch.nobodyServes(200);
  watch.add(sample(210));
  expect(watch.all()).toEqual([
    { firstAnswerAtMs: 180, unserved: 0 },
    { lastAnswerAtMs: 180, unserved: 1 },
  ]);
});

it('is none where none began', () => {
  const watch = outageWatch();
  watch.add(sample(10));
  watch.add(sample(20, 'orders-r1'));
  expect(watch.all()).toEqual([]);
});
