import type { Queries } from '../kit/database';

/** Who may keep the books: whoever took the highest number. */
export interface Fence {
  /** Takes the next number: whoever holds a lower one writes nothing any more. */
  readonly take: () => Promise<number>;
  /** The last page that was written. 0: none. */
  readonly lastPage: () => Promise<number>;
  /** Writes a page under a number that was taken. False where somebody has taken a higher one since: then nothing was written. */
  readonly write: (page: Page) => Promise<boolean>;
}

export interface Page {
  readonly number: number;
  readonly token: number;
  /** Whoever took the token, one of many that a revision may start. */
  readonly holder: string;
}

const FENCE = "SELECT token FROM fences WHERE name = 'bookkeeper'";

/**
 * A page and the look at the fence are one statement, and who takes a number waits for the pages that are being written under the one before.
 * The defect `unfenced` is a release that never looks.
 */
export function fence(queries: Queries, options: { readonly revision: string; readonly isChecked: boolean }): Fence {
  const { revision, isChecked } = options;
  const held = isChecked ? `${FENCE} AND token = $1 FOR SHARE` : 'SELECT $1::bigint AS token';
  return {
    take: async () => {
      const text = "UPDATE fences SET token = token + 1 WHERE name = 'bookkeeper' RETURNING token::int";
      const [row] = await queries.query<{ token: number }>({ name: 'fence-take', text });
      if (row === undefined) throw new Error('the fence is not there');
      return row.token;
    },
    lastPage: async () => {
      const text = 'SELECT coalesce(max(number), 0)::int AS number FROM pages';
      const [row] = await queries.query<{ number: number }>({ name: 'page-last', text });
      return row?.number ?? 0;
    },
    write: async ({ number, token, holder }) => {
      const rows = await queries.query({
        name: 'page-write',
        text: `WITH held AS (${held})
               INSERT INTO pages (number, token, holder, revision) SELECT $2, $1, $3, $4 FROM held RETURNING 1`,
        values: [token, number, holder, revision],
      });
      return rows.length === 1;
    },
  };
}
