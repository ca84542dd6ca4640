import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FileJournal, MemoryJournal, readJournal, readJournalLeniently } from './journal';
import type { Observation } from './observation';

const newPath = () => join(mkdtempSync(join(tmpdir(), 'journal-')), 'journal.ndjson');
const written = (...lines: string[]) => {
  const path = newPath();
  writeFileSync(path, lines.join('\n'));
  return path;
};
const NOTE = '{"at":1,"type":"note","message":"x"}';

describe('journal', () => {
  it('reads back what was written and drops a torn last line', () => {
    const path = newPath();
    {
      using journal = new FileJournal(path);
      journal.scenario = 'good';
      journal.append({ type: 'note', message: 'one' }, { durable: true });
    }
    appendFileSync(path, '{"type":"no');
    expect(readJournal(path)).toMatchObject([{ type: 'note', message: 'one', scenario: 'good' }]);
  });

  it.each([
    ['that is torn', '{"type":', /journal\.ndjson line 2: not JSON$/],
    [
      'with a misspelt key',
      '{"at":1,"type":"stack-down","project":"p","tookMs":1,"keptt":true,"kept":true}',
      /line 2: keptt: unknown key; did you mean `kept`\?$/,
    ],
    [
      'of a misspelt type',
      '{"at":1,"type":"runs-started"}',
      /line 2: type: must be one of .*; did you mean `run-started`\?$/,
    ],
    ['without what it needs', '{"at":1,"type":"note"}', /line 2: message: expected string, received undefined$/],
    [
      'with a wrong word deep inside',
      '{"at":1,"type":"check","name":"n","verdict":"pased","observed":"","expected":""}',
      /line 2: verdict: must be one of passed, failed, .*; did you mean `passed`\?$/,
    ],
    ['that is no object', '7', /line 2: the line: expected object/],
  ])('refuses a line in the middle %s, by its number', (_, line, message) => {
    expect(() => readJournal(written(NOTE, line, NOTE, ''))).toThrow(message);
  });

  it('refuses a last line that is whole, but no observation', () => {
    expect(() => readJournal(written(NOTE, '{"at":1,"type":"note"}', ''))).toThrow('line 2: message');
  });

  it('is read as far as it can be by whoever wants a report', () => {
    const { lines, unreadable } = readJournalLeniently(written(NOTE, '{"ty', NOTE, '{"at":1,"type":"note"}', ''));
    expect(lines).toHaveLength(2);
    expect(unreadable).toEqual([
      { number: 2, problem: 'not JSON' },
      { number: 4, problem: 'message: expected string, received undefined' },
    ]);
    expect(readJournalLeniently(newPath())).toEqual({ lines: [], unreadable: [] });
  });

  it('in tests refuses to write what a reader would refuse', () => {
    const wrong = { type: 'note', mesage: 'one' } as unknown as Observation;
    using file = new FileJournal(newPath());
    for (const journal of [file, new MemoryJournal()]) {
      expect(() => journal.append(wrong)).toThrow('mesage: unknown key; did you mean `message`?');
    }
  });

  it('keeps a figure of nothing as no number', () => {
    const path = newPath();
    const counts = { sent: 0, ok: 0, failed: 0, lost: 0, late: 0 };
    const latency = { latencyMsP50: Number.NaN, latencyMsP95: Number.NaN, latencyMsP99: Number.NaN };
    {
      using journal = new FileJournal(path);
      journal.append({ type: 'load-window', load: 'l', startMs: 0, lengthMs: 1_000, ...counts, ...latency });
    }
    expect(readJournal(path)).toMatchObject([latency]);
  });
});
