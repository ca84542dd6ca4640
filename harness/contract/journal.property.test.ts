import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FileJournal, parseLine, readJournal } from './journal';
import { journalLine, type JournalLine } from './observation';
import { arbitraryOf } from './testing/arbitrary';

const observations = arbitraryOf(journalLine).map((line) => {
  const { at: _at, scenario: _scenario, ...observation } = line as JournalLine;
  return observation;
});
const lines = fc.array(
  arbitraryOf(journalLine).map((line) => JSON.stringify(line)),
  { minLength: 1, maxLength: 6 },
);
const path = join(mkdtempSync(join(tmpdir(), 'journal-')), 'journal.ndjson');

/** As it comes back: a figure of nothing stands as null on the disk, and is no number in memory. */
const kept = (line: unknown) => parseLine(JSON.stringify(line)).line;

describe('any observation', () => {
  it('comes back as it was written, with its time and its scenario', () => {
    fc.assert(
      fc.property(
        observations,
        fc.string({ maxLength: 8 }),
        fc.integer({ min: 0, max: 2 ** 40 }),
        (own, scenario, atMs) => {
          writeFileSync(path, '');
          {
            using journal = new FileJournal(path);
            journal.scenario = scenario;
            journal.append(own, { atMs });
          }
          expect(readJournal(path)).toEqual([kept({ at: atMs, scenario, ...own })]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a journal', () => {
  it('that was cut off anywhere loses its last line at most', () => {
    fc.assert(
      fc.property(lines, fc.nat({ max: 10_000 }), (whole, place) => {
        const text = whole.map((line) => `${line}\n`).join('');
        const cut = Buffer.from(text).subarray(0, place % (Buffer.byteLength(text) + 1));
        writeFileSync(path, cut);
        const complete = cut.toString().split('\n').length - 1;
        const read = readJournal(path);
        // A last line that only lacks its end of line is whole.
        expect([complete, complete + 1]).toContain(read.length);
        expect(read).toEqual(whole.slice(0, read.length).map((line) => parseLine(line).line));
      }),
    );
  });

  it('with a line that was changed in its middle is refused by the number of that line', () => {
    fc.assert(
      fc.property(lines, fc.nat(), fc.nat(), (whole, which, place) => {
        const index = which % whole.length;
        const line = whole[index] ?? '';
        const at = place % line.length;
        const torn = `${line.slice(0, at)}\u0000${line.slice(at + 1)}`;
        fc.pre(parseLine(torn).line === undefined);
        writeFileSync(path, whole.map((own, own_) => `${own_ === index ? torn : own}\n`).join(''));
        expect(() => readJournal(path)).toThrow(`line ${index + 1}: `);
      }),
    );
  });

  it('with a key that nobody knows is refused, and says which', () => {
    fc.assert(
      fc.property(lines, fc.nat(), (whole, which) => {
        const index = which % whole.length;
        const changed = { ...(JSON.parse(whole[index] ?? '') as object), zzzzzz: 1 };
        writeFileSync(path, whole.map((own, other) => `${other === index ? JSON.stringify(changed) : own}\n`).join(''));
        expect(() => readJournal(path)).toThrow(`line ${index + 1}: zzzzzz: unknown key`);
      }),
    );
  });
});
