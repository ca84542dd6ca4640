import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LedgerWriter } from './ledger';
import type { LedgerLine } from './ledger-line';
import { compareStored, reconcile } from './reconcile';

const directory = mkdtempSync(join(tmpdir(), 'rollproof-reconcile-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const clean = { acknowledged: ['a', 'b'], stored: ['a', 'b'], effects: { charges: ['a', 'b'] } };

describe('compareStored', () => {
  it('is content when all is there once', () => {
    expect(compareStored(clean)).toEqual({
      acknowledged: 2,
      stored: 2,
      missing: [],
      doubled: [],
      orphanEffects: { charges: [] },
      doubledEffects: { charges: [] },
      ok: true,
    });
  });

  it('finds what is owed to a stored key, or done for it twice', () => {
    const owed = (letters: readonly string[]) => compareStored({ ...clean, owed: { letters } });
    expect(owed(['b', 'a'])).toMatchObject({ missingEffects: { letters: [] }, ok: true });
    expect(owed(['a'])).toMatchObject({ missingEffects: { letters: ['b'] }, ok: false });
    expect(owed(['a', 'b', 'b'])).toMatchObject({ doubledEffects: { charges: [], letters: ['b'] }, ok: false });
    expect(owed(['a', 'b', 'c'])).toMatchObject({ orphanEffects: { charges: [], letters: ['c'] }, ok: false });
  });

  it('finds what a singleton wrote under a token that had been overtaken', () => {
    const fenced = (...tokens: readonly number[]) =>
      compareStored({ ...clean, fenced: { pages: tokens.map((token) => ({ token, holder: `holder ${token}` })) } });
    expect(fenced(1, 1, 2)).toMatchObject({ staleEffects: { pages: [] }, ok: true });
    expect(fenced(1, 2, 1)).toMatchObject({ staleEffects: { pages: ['3: by holder 1 under 1, after 2'] }, ok: false });
  });

  it('accepts what was stored though its client never heard so', () => {
    expect(compareStored({ ...clean, stored: ['a', 'b', 'c'] }).ok).toBe(true);
  });

  it('finds what was acknowledged and is missing', () => {
    expect(compareStored({ ...clean, stored: ['a'], effects: {} })).toMatchObject({ missing: ['b'], ok: false });
  });

  it('finds what is stored twice, acknowledged or not', () => {
    const result = compareStored({ ...clean, stored: ['a', 'b', 'b', 'c', 'c', 'c'] });
    expect(result).toMatchObject({ doubled: ['b', 'c'], missing: [], ok: false });
  });

  it('finds a charge without its order, and one made twice', () => {
    const orphan = compareStored({ ...clean, effects: { charges: ['a', 'b', 'x', 'x'] } });
    expect(orphan).toMatchObject({ orphanEffects: { charges: ['x'] }, doubledEffects: { charges: ['x'] }, ok: false });
    const doubled = compareStored({ ...clean, effects: { charges: ['a', 'a', 'b'] } });
    expect(doubled).toMatchObject({ orphanEffects: { charges: [] }, doubledEffects: { charges: ['a'] }, ok: false });
  });
});

describe('reconcile', () => {
  it('takes from every ledger the 2xx answers of the kind, and reads effects before what is stored', async () => {
    const line: LedgerLine = {
      id: 'load-0',
      kind: 'checkout',
      intendedAtMs: 1,
      startedAtMs: 1,
      endedAtMs: 2,
      status: 201,
      outcome: 'ok',
      key: 'k1',
      attempt: 1,
    };
    const { status: _status, ...unanswered } = line;
    const ledgers: LedgerLine[][] = [
      [line, { ...unanswered, key: 'unheard', outcome: 'lost', error: 'ECONNRESET' }],
      [
        { ...line, key: 'k2' },
        { ...line, key: 'refused', status: 409 },
        { ...line, key: 'other-kind', kind: 'browse' },
      ],
    ];
    const paths = ledgers.map((lines, index) => {
      const path = join(directory, `${index}.ndjson`);
      const writer = new LedgerWriter(path);
      lines.forEach((each) => writer.append(each));
      writer.close();
      return path;
    });
    const order: string[] = [];
    const result = await reconcile(
      paths,
      {
        acknowledgedBy: 'checkout',
        stored: async () => (order.push('stored'), ['k1', 'unheard']),
        effects: { charges: async () => (order.push('charges'), ['k1', 'unheard']) },
      },
      { endpoint: async () => ({ host: '127.0.0.1', port: 1 }) },
    );
    expect(result).toMatchObject({ acknowledged: 2, stored: 2, missing: ['k2'], ok: false });
    expect(order).toEqual(['charges', 'stored']);
  });
});
