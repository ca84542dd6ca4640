import { expect, it } from '@jest/globals';
import { Sender, type Answer } from './sender';
import { startServer } from './testing/server';

function sendWith(sender: Sender): (requestId: string) => Promise<Answer> {
  const spec = { method: 'GET', path: '/' } as const;
  return (requestId) => new Promise((resolve) => void sender.send(spec, { requestId, keepBody: false }, resolve));
}

it('uses a connection again once its answer has come, and a second one before', async () => {
  await using server = await startServer();
  const sender = new Sender(server.baseUrl, 10_000);
  const send = sendWith(sender);
  for (const id of ['a', 'b', 'c']) {
    expect(await send(id)).toMatchObject({ status: 200 });
    // The connection is free in the turn after.
    await new Promise(setImmediate);
  }
  expect(server.connections()).toBe(1);
  await Promise.all([send('d'), send('e')]);
  expect(server.connections()).toBe(2);
  sender.close();
});

it('sends a request that is to be alone by a connection of its own, which nobody uses again', async () => {
  await using server = await startServer();
  const sender = new Sender(server.baseUrl, 10_000);
  const spec = { method: 'GET', path: '/' } as const;
  for (const requestId of ['a', 'b']) {
    const sent = { requestId, keepBody: false, isAlone: true };
    expect(await new Promise((resolve) => void sender.send(spec, sent, resolve))).toMatchObject({ status: 200 });
    await new Promise(setImmediate);
  }
  expect(server.connections()).toBe(2);
  sender.close();
});
