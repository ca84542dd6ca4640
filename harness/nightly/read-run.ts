import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { readJournalLeniently } from '../contract/journal';
import type { NightlyFigure } from '../contract/nightly-history';
import { summarySchema, type Summary } from '../contract/summary';
import type { Tried } from './candidate';

/** What a run left that a night takes from it. */
export interface ReadRun {
  readonly summary: Summary;
  readonly tries: readonly Tried[];
  readonly figures: readonly NightlyFigure[];
}

/** The scenarios of a run's folder and its figures, each under the scenario that measured it; `undefined` when it has no summary. */
export function readRun(directory: string, nightDirectory: string): ReadRun | undefined {
  const summary = summarySchema.safeParse(readJson(join(directory, 'summary.json'))).data as Summary | undefined;
  if (summary === undefined) return undefined;
  const report = relative(nightDirectory, join(directory, 'report.html'));
  const tries = summary.scenarios.map(({ id, verdict, kind, reason, durationMs }) => ({
    ...{ candidate: id, verdict, seed: summary.seed, durationMs, report },
    ...(kind === undefined ? {} : { kind }),
    ...(reason === undefined ? {} : { reason }),
  }));
  const figures = readJournalLeniently(join(directory, 'journal.ndjson')).lines.flatMap((line) => {
    if (line.type !== 'measurement') return [];
    return [{ name: `${line.scenario ?? summary.run}: ${line.name}`, unit: line.unit, values: [line.value] }];
  });
  return { summary, tries, figures };
}

const rows = z.array(z.looseObject({ name: z.string(), value: z.number().nullable(), unit: z.string() }));

/**
 * Looks at a folder now; what it returns gives the figures in the newest JSON file that was written since. A file is held against its own time
 * before, not against a clock of ours, which its time may be behind.
 */
export function figuresSince(directory: string): () => NightlyFigure[] {
  const before = writtenAt(directory);
  return () => {
    const written = [...writtenAt(directory)].filter(([path, atMs]) => before.get(path) !== atMs);
    const newest = written
      .map(([path]) => path)
      .sort()
      .at(-1);
    const found = newest === undefined ? undefined : rows.safeParse(readJson(newest)).data;
    // What could not be measured stands as null.
    return (found ?? []).flatMap(({ name, value, unit }) => (value === null ? [] : [{ name, unit, values: [value] }]));
  };
}

/** When the JSON files of a folder were written, by their paths. */
function writtenAt(directory: string): ReadonlyMap<string, number> {
  if (!existsSync(directory)) return new Map();
  const paths = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(directory, name));
  return new Map(paths.map((path) => [path, statSync(path).mtimeMs]));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
