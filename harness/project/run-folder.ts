import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { groupBy } from '../core/group-by';
import { linkAtomic } from '../core/atomic-file';
import { newRunId } from '../core/ids';
import { isRunning, ownMark, type ProcessMark } from '../core/process-mark';

/** How many runs `reports/` keeps. */
export const RUNS_KEPT = 10;

/** Whose run it is. */
const OWNER = '.owner';

const RUN_NAME = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

export interface RunFolder {
  readonly run: string;
  readonly directory: string;
  readonly journalPath: string;
}

/**
 * Makes `reports/<run>/`, points `reports/latest` at it and drops all but the newest {@link RUNS_KEPT} runs. Those that ended before anything
 * ran (a misspelt service, a port in use) are counted apart: no typo costs the report of a run. One that is under way stays, however many begin
 * meanwhile, as those that a night tries do.
 */
export function createRunFolder(reportsDirectory: string): RunFolder {
  const run = newRunId();
  const directory = resolve(reportsDirectory, run);
  for (const part of ['', 'ledger', 'logs', 'evidence']) mkdirSync(join(directory, part), { recursive: true });
  writeFileSync(join(directory, OWNER), JSON.stringify(ownMark()));
  linkLatest(run, reportsDirectory);
  dropOldRuns(reportsDirectory);
  return { run, directory, journalPath: join(directory, 'journal.ndjson') };
}

/** Points `reports/latest` at a run. */
export function linkLatest(run: string, reportsDirectory: string): void {
  linkAtomic(run, join(reportsDirectory, 'latest'));
}

/** Names of the runs that have a folder, in no order. */
export function runsIn(reportsDirectory: string): string[] {
  return readdirSync(reportsDirectory).filter((name) => RUN_NAME.test(name));
}

function dropOldRuns(reportsDirectory: string): void {
  const counted = groupBy(runsIn(reportsDirectory).sort(), (run) => isIdle(join(reportsDirectory, run)));
  for (const names of counted.values()) {
    const old = names.slice(0, -RUNS_KEPT).map((run) => join(reportsDirectory, run));
    for (const directory of old) if (!isUnderWay(directory)) rmSync(directory, { recursive: true, force: true });
  }
}

/** It has no summary yet, and the process that began it runs. */
function isUnderWay(directory: string): boolean {
  if (existsSync(join(directory, 'summary.json'))) return false;
  try {
    return isRunning(JSON.parse(readFileSync(join(directory, OWNER), 'utf8')) as ProcessMark) === true;
  } catch {
    return false;
  }
}

/** Of a summary, what tells whether anything ran. */
const idle = z.object({
  kind: z.literal('cannot-run'),
  scenarios: z.array(z.object({ kind: z.literal('cannot-run'), facts: z.object({ rollout: z.never().optional() }) })),
});

/** Whether a run ended before anything ran in its stack. One without a summary may run yet. */
function isIdle(directory: string): boolean {
  try {
    return idle.safeParse(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).success;
  } catch {
    return false;
  }
}
