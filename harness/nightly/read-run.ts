import { existsSync, readFileSync, readdirSync } from 'node:fs';
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

/** The figures in the newest JSON file of a folder, unless it was `before` already. */
export function readFigures(directory: string, before: readonly string[]): NightlyFigure[] {
  const newest = figureFiles(directory)
    .filter((name) => !before.includes(name))
    .at(-1);
  const found = newest === undefined ? undefined : rows.safeParse(readJson(join(directory, newest))).data;
  // What could not be measured stands as null.
  return (found ?? []).flatMap(({ name, value, unit }) => (value === null ? [] : [{ name, unit, values: [value] }]));
}

/** The JSON files of a folder by their names, which begin with the time of their writing. None where there is no folder. */
export function figureFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort();
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
