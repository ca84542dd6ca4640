import { expect, it } from '@jest/globals';
import type { MessageOutcome } from '../../contract/outcomes';
import { OutcomeWatch } from './outcome-watch';
import type { RequestSample } from '../ports';

const outcome = (id: string, endedAtMs: number, more: Partial<MessageOutcome> = {}): MessageOutcome => ({
  ...{ id, revision: 'mailer-r1', outcome: 'ack', endedAtMs },
  ...more,
});

/** A source that answers these one after the other, asked once a call. */
async function watched(answers: readonly (readonly MessageOutcome[] | Error)[], everyMs = 0) {
  const left = [...answers];
  let nowMs = 10_000;
  const asked: number[] = [];
  const told: RequestSample[] = [];
  const failures: string[] = [];
  let ticking = 0;
  const watch = new OutcomeWatch({
    reader: {
      read: async (sinceMs) => {
        asked.push(sinceMs);
        nowMs += everyMs;
        const answer = left.shift() ?? [];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    now: () => nowMs,
    every: () => {
      ticking += 1;
      return () => void (ticking -= 1);
    },
    epochAt: (atMs) => Math.floor(atMs / 1_000),
    onFailure: (message) => failures.push(message),
  });
  const end = new AbortController();
  await watch.subscribe((sample) => told.push(sample), end.signal);
  while (left.length > 0) await watch.caughtUp();
  return { told, asked, failures, ticking: () => ticking, end };
}

it('tells once of what it reads twice, and of what a slow transaction shows late', async () => {
  const [first, second, late] = [outcome('1', 10_500), outcome('2', 15_000), outcome('3', 12_500)];
  const { told, asked } = await watched([[first], [first, second], [second, late], []]);
  expect(told.map(({ id }) => id)).toEqual(['1', '2', '3']);
  // Never before it listened, and what ended in the last three seconds once more.
  expect(asked).toEqual([10_000, 10_000, 12_000, 12_000]);
});

it('tells nothing again after a time in which nothing was said', async () => {
  const [first, second] = [outcome('1', 10_500), outcome('2', 15_000)];
  const silent = Array.from({ length: 5 }, () => [first, second]);
  const { told, asked } = await watched([[first, second], ...silent], 10_000);
  expect(told.map(({ id }) => id)).toEqual(['1', '2']);
  expect(asked).toEqual([10_000, ...silent.map(() => 12_000)]);
});

it('leaves out what ended before anybody listened', async () => {
  expect((await watched([[outcome('1', 9_999)]])).told).toEqual([]);
});

it('takes what is tried again, or given up, for failed, and an epoch by when it was taken', async () => {
  const outcomes = [
    outcome('1', 12_000, { tookMs: 1_500 }),
    outcome('2', 12_000, { outcome: 'retry', tookMs: 5 }),
    outcome('3', 12_000, { outcome: 'dead' }),
  ];
  const { told } = await watched([outcomes]);
  expect(told.map(({ error, latencyMs, epoch }) => [error, latencyMs, epoch])).toEqual([
    [false, 1_500, 10],
    [true, undefined, 11],
    [true, undefined, 12],
  ]);
});

it('tells why an attempt failed, where that is known', async () => {
  const failed = { outcome: 'retry', reason: 'cannot read it' } as const;
  const { told } = await watched([
    [
      outcome('a', 10_100, failed),
      outcome('b', 10_100, { ...failed, reason: '' }),
      outcome('c', 10_100, { reason: 'x' }),
    ],
  ]);
  expect(told.map(({ wrong }) => wrong)).toEqual(['cannot read it', undefined, undefined]);
});

it('says once that a source cannot be asked, and asks it again', async () => {
  const gone = new Error('connection refused');
  const { told, failures } = await watched([gone, gone, [outcome('1', 11_000)], gone]);
  expect(failures).toEqual(['connection refused', 'connection refused']);
  expect(told).toHaveLength(1);
});

it('asks nothing any more once nobody listens', async () => {
  const { ticking, end } = await watched([]);
  expect(ticking()).toBe(1);
  end.abort();
  expect(ticking()).toBe(0);
});
