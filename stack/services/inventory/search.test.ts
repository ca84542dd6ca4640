import { describe, expect, it } from '@jest/globals';
import type { Queries } from '../kit/database';
import { search, shapeOf } from './search';

/** A table of searches in memory, and one product. */
function memory(): Queries & { readonly kept: Map<unknown, unknown> } {
  const kept = new Map<unknown, unknown>();
  const query = async <Row>({ name = '', values = [] }: { name?: string; values?: unknown[] }): Promise<Row[]> => {
    if (name === 'search-keep') kept.set(values[0], JSON.parse(String(values[1])));
    if (name === 'search') return [{ id: 'tea-pot' }] as Row[];
    return name === 'search-kept' && kept.has(values[0]) ? ([{ found: kept.get(values[0]) }] as Row[]) : [];
  };
  return { kept, query } as Queries & { readonly kept: Map<unknown, unknown> };
}

describe('a search', () => {
  const good = shapeOf('good');
  const next = shapeOf('cache-shape');

  it('is made once, and then read where it is kept', async () => {
    const queries = memory();
    expect(await search(queries, 'tea', good)).toEqual(['tea-pot']);
    queries.kept.set('tea', { ids: ['kept'] });
    expect(await search(queries, 'tea', good)).toEqual(['kept']);
  });

  it('of cache-shape is read by itself, which reads the old one too; the old one fails on it', async () => {
    const queries = memory();
    await search(queries, 'tea', next);
    expect(await search(queries, 'tea', next)).toEqual(['tea-pot']);
    await expect(search(queries, 'tea', good)).rejects.toThrow();
    await search(queries, 'pot', good);
    expect(await search(queries, 'pot', next)).toEqual(['tea-pot']);
  });
});
