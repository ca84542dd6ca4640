import { PassThrough } from 'node:stream';
import { expect, it } from '@jest/globals';
import { onJsonLines } from './lines';

it('tells the values, drops what is no JSON, and ends once when its source breaks', async () => {
  const source = new PassThrough();
  const seen: unknown[] = [];
  const ended = new Promise<void>((resolve) =>
    onJsonLines(
      source,
      (value) => seen.push(value),
      () => {
        seen.push('end');
        resolve();
      },
    ),
  );
  source.write('{"a":1}\nnoise\n{"b":2}\n');
  await new Promise((flushed) => setImmediate(flushed));
  source.destroy(new Error('the connection was reset'));
  await ended;
  expect(seen).toEqual([{ a: 1 }, { b: 2 }, 'end']);
});
