import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { OutputLog } from './output-log';

const directory = mkdtempSync(join(tmpdir(), 'rollproof-output-log-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('keeps everything in its file, and the last lines at hand, the unfinished one too', () => {
  using log = new OutputLog(directory, 'logs/1-checkout.log');
  const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  log.write(Buffer.from(lines.join('\n')));
  log.write(Buffer.from(' goes on'));
  expect(log.lastLines()).toHaveLength(30);
  expect(log.lastLines().at(-1)).toBe('line 49 goes on');
  expect(readFileSync(join(directory, log.path), 'utf8')).toBe(`${lines.join('\n')} goes on`);
});

it('shows lines as a terminal would: without colours, and what was drawn over gone', () => {
  using log = new OutputLog(directory, 'logs/2-build.log');
  log.write(Buffer.from('\u001b[31mred\u001b[0m\r\n 10 %\r 20 %\rdone\n\n'));
  expect(log.lastLines()).toEqual(['red', 'done']);
});

it('puts a character together that came in two pieces', () => {
  using log = new OutputLog(directory, 'logs/3-unit-tests.log');
  const bytes = Buffer.from('✓ passed');
  log.write(bytes.subarray(0, 1));
  log.write(bytes.subarray(1));
  expect(log.lastLines()).toEqual(['✓ passed']);
});
