import { existsSync, readFileSync, renameSync } from 'node:fs';
import { z } from 'zod';
import { nightlyHistory, type NightlyHistory } from '../contract/nightly-history';
import { problemsOf } from '../contract/problems';
import { writeFileAtomic } from '../core/atomic-file';
import { wallIso } from '../core/clock';
import { HarnessError } from '../core/errors';

/** What is older says nothing that counts any more. */
const NIGHTS_KEPT = 90;

/** A history as it was found. */
export interface FoundHistory {
  readonly history: NightlyHistory;
  /** Said when a file was there that nobody can read: it was put aside. */
  readonly problem?: string;
}

const versioned = z.looseObject({ schema: z.number() });

/**
 * Reads what the nights before have left. A file that cannot be read (cut off, or changed by hand) is put aside and the history begins anew; none at
 * all is an empty one.
 * @throws HarnessError `history-newer` for the file of a newer version, which stays as it is
 */
export function readHistory(path: string): FoundHistory {
  if (!existsSync(path)) return { history: { schema: 1, nights: [] } };
  const value = parsed(readFileSync(path, 'utf8'));
  const { data } = nightlyHistory.safeParse(value);
  if (data !== undefined) return { history: data as NightlyHistory };
  const schema = versioned.safeParse(value).data?.schema;
  if (schema !== undefined && schema > 1) {
    throw new HarnessError('history-newer', {
      message: `${path} has schema ${schema}; this version of rollproof reads 1`,
      facts: { path, schema },
      hint: 'Use the version that wrote it, or name another file with `--history`.',
    });
  }
  const aside = `${path}.unreadable-${wallIso().replace(/[:.]/g, '-')}`;
  renameSync(path, aside);
  const why =
    value === undefined ? 'not JSON' : (problemsOf(nightlyHistory, value, 'the history')[0] ?? 'not a history');
  return {
    history: { schema: 1, nights: [] },
    problem: `the history could not be read (${why}); it was put aside as ${aside}, and begins anew`,
  };
}

/** Replaces the file as a whole: a night that is killed leaves the history as it was after its last try. */
export function writeHistory(path: string, { schema, nights }: NightlyHistory): void {
  writeFileAtomic(path, `${JSON.stringify({ schema, nights: nights.slice(-NIGHTS_KEPT) })}\n`, { mode: 0o644 });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
