import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { linkAtomic } from '../core/atomic-file';
import { newRunId } from '../core/ids';

/** How many runs `reports/` keeps. */
export const RUNS_KEPT = 10;

const RUN_NAME = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

export interface RunFolder {
  readonly run: string;
  readonly directory: string;
  readonly journalPath: string;
}

/** Makes `reports/<run>/`, points `reports/latest` at it and drops all but the newest {@link RUNS_KEPT} runs. */
export function createRunFolder(reportsDirectory: string): RunFolder {
  const run = newRunId();
  const directory = resolve(reportsDirectory, run);
  for (const part of ['', 'ledger', 'logs', 'evidence']) mkdirSync(join(directory, part), { recursive: true });
  linkAtomic(run, join(reportsDirectory, 'latest'));
  dropOldRuns(reportsDirectory);
  return { run, directory, journalPath: join(directory, 'journal.ndjson') };
}

function dropOldRuns(reportsDirectory: string): void {
  const runs = readdirSync(reportsDirectory).filter((name) => RUN_NAME.test(name));
  for (const old of runs.sort().slice(0, -RUNS_KEPT)) rmSync(join(reportsDirectory, old), { recursive: true });
}
