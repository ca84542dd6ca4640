import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { HarnessError, errorMessage } from '../harness/core/errors';
import { summarySchema } from '../harness/contract/summary';

/** What a cell of `scenarios/matrix` leaves of itself. */
const cell = z.looseObject({
  by: z.string(),
  outcome: z.string(),
  reason: z.string().optional(),
  sent: z.number(),
  lost: z.number(),
  failed: z.number(),
  bound: z.number(),
  onNew: z.number().optional(),
  failedOnNew: z.number().optional(),
  decidedAfterMs: z.number().optional(),
  backAfterMs: z.number().optional(),
});

/** Of a reason as much as a column takes, characters. */
const REASON_MAX = 160;

type Scenarios = z.infer<typeof summarySchema>['scenarios'];

/** The cells of some runs as a table in Markdown, by title; of a cell that was tried more than once, the latest. */
export function matrixTable(runs: readonly Scenarios[]): string {
  const rows = new Map<string, string>();
  for (const { title, verdict, facts } of runs.flat()) {
    const { data } = cell.safeParse(facts['cell']);
    if (data === undefined) continue;
    const { by, outcome, reason = '', sent, lost, failed, bound, onNew = 0, failedOnNew = 0 } = data;
    const figures = [
      `${lost + failed} of ${sent} (at most ${bound})`,
      `${failedOnNew} of ${onNew}`,
      seconds(data.decidedAfterMs),
      seconds(data.backAfterMs),
    ];
    rows.set(title, `| ${[title, verdict, by, outcome, ...figures, short(reason)].map(escaped).join(' | ')} |`);
  }
  const head = [
    'cell',
    'verdict',
    'found by',
    'outcome',
    'lost',
    'failed on N+1',
    'decided, s',
    'all back, s',
    'reason',
  ];
  return [`| ${head.join(' | ')} |`, `|${head.map(() => ' --- |').join('')}`, ...rows.values(), ''].join('\n');
}

function scenariosOf(folder: string): Scenarios {
  const path = join(folder, 'summary.json');
  try {
    return summarySchema.parse(JSON.parse(readFileSync(path, 'utf8'))).scenarios;
  } catch (cause) {
    throw new HarnessError('run-not-found', {
      message: `${path} is no summary of a run: ${errorMessage(cause)}`,
      facts: { path },
      cause,
    });
  }
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '' : (ms / 1_000).toFixed(1);
}

function short(reason: string): string {
  const line = reason.replace(/\s+/g, ' ');
  return line.length <= REASON_MAX ? line : `${line.slice(0, REASON_MAX - 1)}…`;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

export function addMatrixTable(program: Command): void {
  program
    .command('matrix-table')
    .description('what became of each cell of scenarios/matrix, as a table in Markdown')
    .argument('[runs...]', 'folders of runs; default: the latest')
    .action((runs: readonly string[]) => {
      const folders = runs.length === 0 ? [join('reports', 'latest')] : runs;
      process.stdout.write(matrixTable(folders.map(scenariosOf)));
    });
}
