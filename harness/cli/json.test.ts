import { expect, it } from '@jest/globals';
import { asksForJson, interruptibleJson } from './json';

it('tells a program of a Ctrl-C in a line of JSON, and ends with 130 once what was under way has cleaned up', async () => {
  let said = '';
  const interrupted = (signal: AbortSignal) =>
    new Promise<number>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      process.emit('SIGINT', 'SIGINT');
    });
  const exitCode = await interruptibleJson(true, interrupted, { write: (text) => void (said += text) });
  expect(exitCode).toBe(130);
  expect(JSON.parse(said)).toMatchObject({ level: 40, msg: expect.stringMatching(/^SIGINT: cleaning up/) });
});

it.each([
  [['up', '--json'], true],
  [['up'], false],
  [['start', '--', '--json'], false],
])('knows from %j whether JSON is asked for: %s', (words, asked) => {
  expect(asksForJson(words)).toBe(asked);
});
