import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Consumer } from './consumer';
import type { Attempt, Message, Queue } from './queue';

const message = (id: string): Message => ({ id, orderId: `order-${id}`, orderKey: `key-${id}`, body: {}, attempts: 0 });

/** A queue of these messages; what is in work can be held. */
function waiting(ids: readonly string[]) {
  const left = [...ids];
  const ended: [string, string][] = [];
  const queue: Queue = {
    work: async (send) => {
      const id = left.shift();
      if (id === undefined) return undefined;
      const outcome = await send(message(id)).then(
        () => 'ack' as const,
        () => 'retry' as const,
      );
      ended.push([id, outcome]);
      return { outcome, tookMs: 1 };
    },
  };
  return { queue, left, ended };
}

function consumer(queue: Queue, send: (message: Message) => Promise<void>, onAttempt: (attempt: Attempt) => void) {
  return new Consumer({ queue, send, onAttempt, logger: pino({ level: 'silent' }) });
}

it('takes one message after the other, and tells what became of each', async () => {
  const { queue, ended } = waiting(['1', '2', '3']);
  const all = Promise.withResolvers<void>();
  const told: string[] = [];
  const own = consumer(
    queue,
    async ({ id }) => {
      if (id === '2') throw new Error('no such address');
    },
    ({ outcome }) => {
      told.push(outcome);
      if (told.length === 3) all.resolve();
    },
  );
  own.start();
  await all.promise;
  await own.close();
  expect(told).toEqual(['ack', 'retry', 'ack']);
  expect(ended.map(([id]) => id)).toEqual(['1', '2', '3']);
});

it('finishes the message in work when it is closed, and takes no other', async () => {
  const { queue, left, ended } = waiting(['1', '2']);
  const taken = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const own = consumer(
    queue,
    async () => {
      taken.resolve();
      await goOn.promise;
    },
    () => undefined,
  );
  own.start();
  await taken.promise;
  const closed = own.close();
  goOn.resolve();
  await closed;
  expect(ended).toEqual([['1', 'ack']]);
  expect(left).toEqual(['2']);
});

it('has as many messages in work as it has places, and finishes each of them when it is closed', async () => {
  const { queue, left, ended } = waiting(['1', '2', '3']);
  const both = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let inWork = 0;
  const own = new Consumer({
    ...{ queue, atOnce: 2, logger: pino({ level: 'silent' }), onAttempt: () => undefined },
    send: async () => {
      if ((inWork += 1) === 2) both.resolve();
      await goOn.promise;
    },
  });
  own.start();
  await both.promise;
  const closed = own.close();
  goOn.resolve();
  await closed;
  expect(ended.map(([id]) => id)).toEqual(['1', '2']);
  expect(left).toEqual(['3']);
});

it('goes on after the queue could not be worked on', async () => {
  const { queue } = waiting(['1']);
  let calls = 0;
  const done = Promise.withResolvers<void>();
  const flaky: Queue = {
    work: (send) =>
      (calls += 1) === 1 ? Promise.reject(new Error('the database is not available')) : queue.work(send),
  };
  const own = consumer(
    flaky,
    async () => undefined,
    () => done.resolve(),
  );
  own.start();
  await done.promise;
  await own.close();
  expect(calls).toBeGreaterThan(1);
});
