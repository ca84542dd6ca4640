import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { LedgerLine } from '../../load/ledger-line';
import { lostBeyondGaps, newRun } from './after-a-crash';

/** `x` nobody answered, `b` a bad answer of the service's own, `.` a right one; in their intended order. */
function ledger(pattern: string): LedgerLine[] {
  const lines = [...pattern].map((mark, index): LedgerLine => {
    const times = { intendedAtMs: index, startedAtMs: index, endedAtMs: index };
    const status = mark === 'b' ? { status: 500 } : {};
    return { id: String(index), kind: 'get', ...times, ...status, outcome: mark === '.' ? 'ok' : 'lost', attempt: 1 };
  });
  // A ledger has them as they end.
  return lines.reverse();
}

it.each([
  ['....', 0],
  ['..xxx..xx..', 0],
  ['..xxx..x..xx..', 1],
  ['x.x.x.x', 2],
  ['.bbb.xx.b.x.', 0],
  ['.xbx.xxx.', 1],
])('counts what is lost beyond two gaps: %s', (pattern, lost) => {
  expect(lostBeyondGaps(ledger(pattern), 2)).toBe(lost);
});

it('knows a new run by its name, once it has a journal, also when old ones go', () => {
  const directory = mkdtempSync(join(tmpdir(), 'new-run-'));
  const runs = ['20200101-000000-abcd', '20200102-000000-abcd'];
  const tiny = { directory, runs: () => runs };
  const known = new Set(runs);
  expect(newRun(tiny, known)).toBeUndefined();
  runs.shift();
  runs.push('20200103-000000-abcd');
  expect(newRun(tiny, known)).toBeUndefined();
  const folder = join(directory, 'reports', '20200103-000000-abcd');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'journal.ndjson'), '');
  expect(newRun(tiny, known)).toBe(join(folder, 'journal.ndjson'));
  rmSync(directory, { recursive: true });
});
