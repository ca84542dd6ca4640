import type { Command } from 'commander';
import { examples, exitCodes, finish } from './help';
import { SUMMARY, printResult, withJson } from './json';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { HarnessError } from '../core/errors';
import { buildReport } from '../report/build-report';
import { renderSummaryText } from '../report/summary-text';

/** `rollproof report [run]`: derives the report from the run's journal again. */
export async function report(run: string, { json }: { readonly json: boolean }): Promise<number> {
  const folder = [resolve(run), resolve('reports', run)].find((path) => existsSync(resolve(path, 'journal.ndjson')));
  if (folder === undefined) {
    throw new HarnessError('run-not-found', {
      message: `no journal in ${run} or reports/${run}`,
      hint: 'List the runs with `ls reports`.',
    });
  }
  const { summary, htmlPath } = await buildReport(folder);
  printResult(json, summary, `${renderSummaryText(summary)}\n${htmlPath}\n`);
  return 0;
}

export function defineReport(command: Command): void {
  withJson(command, SUMMARY)
    .argument('[run]', 'a run id, or its folder', 'latest')
    .addHelpText('after', examples('report', 'report 20261124-020619-e86e'))
    .addHelpText('after', exitCodes('written', 'something went wrong on the way'))
    .action((run: string, options: { json: boolean }) => finish(report(run, options)));
}
