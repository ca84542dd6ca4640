import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { readHistory, writeHistory } from './history';
import { historyOf, nightBefore, triedAs } from './testing/night';

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'history-')), 'shop.json');
});

describe('the history of the nights', () => {
  it('is empty at first, and comes back as it was written', () => {
    expect(readHistory(path)).toEqual({ history: historyOf() });
    const history = historyOf(nightBefore(1, [triedAs('a', 'passed')], { revision: 'c0ffee' }));
    writeHistory(path, history);
    expect(readHistory(path)).toEqual({ history });
  });

  it('keeps the newest 90 nights', () => {
    writeHistory(path, historyOf(...Array.from({ length: 95 }, (_, index) => nightBefore(index + 1, []))));
    const { nights } = readHistory(path).history;
    expect(nights).toHaveLength(90);
    expect(nights.at(-1)).toEqual(nightBefore(1, []));
  });

  it.each([
    ['cut off', '{"schema":1,"nights":[{"at":"2026-11-', 'not JSON'],
    ['changed by hand', '{"schema":1,"nights":[{"at":"yesterday"}]}', 'nights[0].at'],
    ['empty', '', 'not JSON'],
    ['of nobody', '{"nights":[]}', 'schema'],
  ])('that was %s is put aside, said so, and begins anew', (_what, text, why) => {
    writeFileSync(path, text);
    const { history, problem } = readHistory(path);
    expect(history.nights).toEqual([]);
    expect(problem).toContain(why);
    const [aside = ''] = readdirSync(join(path, '..'));
    expect(aside).toMatch(/^shop\.json\.unreadable-/);
    expect(readFileSync(join(path, '..', aside), 'utf8')).toBe(text);
  });

  it('of a newer version is refused, and stays as it is', () => {
    const text = '{"schema":2,"nights":{}}';
    writeFileSync(path, text);
    expect(() => readHistory(path)).toThrow(/has schema 2; this version of rollproof reads 1$/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
