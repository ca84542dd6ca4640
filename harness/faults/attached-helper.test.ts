import { PassThrough } from 'node:stream';
import { expect, it, jest } from '@jest/globals';

const stream = new PassThrough();
const starting = Promise.withResolvers<void>();
const container = { id: 'c', attach: async () => stream, start: () => starting.promise };

jest.mock('../docker/client', () => ({ engine: () => ({ createContainer: async () => container }) }));
jest.mock('../docker/containers', () => ({ removeContainer: async () => undefined }));

// After the mocks: what it imports must be them.
const { startAttached } = jest.requireActual<typeof import('./attached-helper')>('./attached-helper');

it('that ends before the Engine has said that it started is an error of whoever starts it, and of nobody else', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  const helper = { project: 'p', image: 'i', args: ['signaller'], role: 'helper', hostConfig: {} } as const;
  const started = startAttached(helper, { isHeld: true });
  stream.destroy(new Error('the stream broke'));
  // Unhandled rejections are told of once the turn that left them so is over.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  starting.reject(new Error('the Engine refused'));
  await expect(started).rejects.toMatchObject({ code: 'helper-did-not-start' });
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});
