import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { HarnessError } from '../core/errors';
import { buildReport } from '../report/build-report';
import { renderSummaryText } from '../report/summary-text';

/** `rollproof report [run]`: derives the report from the run's journal again. */
export async function report(run: string): Promise<number> {
  const folder = [resolve(run), resolve('reports', run)].find((path) => existsSync(resolve(path, 'journal.ndjson')));
  if (folder === undefined) {
    throw new HarnessError('run-not-found', {
      message: `no journal in ${run} or reports/${run}`,
      hint: 'List the runs with `ls reports`.',
    });
  }
  const { summary, htmlPath } = await buildReport(folder);
  process.stdout.write(`${renderSummaryText(summary)}\n${htmlPath}\n`);
  return 0;
}
