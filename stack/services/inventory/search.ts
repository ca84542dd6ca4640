import { z } from 'zod';
import type { Queries } from '../kit/database';
import type { DefectName } from '../kit/defect-names';

/** A search that was made a short while ago is not made again, by whichever instance and release. */
const KEPT_FOR = "interval '5 minutes'";

/** The shape in which found products are kept. */
interface Shape {
  readonly write: (ids: readonly string[]) => unknown;
  /** Throws for a shape that this release does not know. */
  readonly read: (found: unknown) => readonly string[];
}

const listed = z.object({ ids: z.array(z.string()) });
const ranked = z.object({ hits: z.array(z.object({ id: z.string(), rank: z.number() })) });

/** The defect `cache-shape` is a release that keeps what it found in a shape which the one before it cannot read. */
export function shapeOf(defect: DefectName): Shape {
  const read: Shape['read'] = (found) => listed.parse(found).ids;
  if (defect !== 'cache-shape') return { write: (ids) => ({ ids }), read };
  return {
    write: (ids) => ({ hits: ids.map((id, rank) => ({ id, rank })) }),
    read: (found) => ranked.safeParse(found).data?.hits.map(({ id }) => id) ?? read(found),
  };
}

/** The products whose name holds all of the words. */
export async function search(queries: Queries, words: string, shape: Shape): Promise<readonly string[]> {
  const [kept] = await queries.query<{ found: unknown }>({
    name: 'search-kept',
    text: `SELECT found FROM searches WHERE words = $1 AND searched_at > now() - ${KEPT_FOR}`,
    values: [words],
  });
  if (kept !== undefined) return shape.read(kept.found);
  const rows = await queries.query<{ id: string }>({
    name: 'search',
    text: `SELECT id FROM products WHERE name ILIKE ALL ($1) ORDER BY id`,
    values: [words.split(/\s+/).map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`)],
  });
  const ids = rows.map(({ id }) => id);
  await queries.query({
    name: 'search-keep',
    text: `INSERT INTO searches (words, found) VALUES ($1, $2)
           ON CONFLICT (words) DO UPDATE SET found = excluded.found, searched_at = now()`,
    values: [words, JSON.stringify(shape.write(ids))],
  });
  return ids;
}
