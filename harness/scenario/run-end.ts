import { quotedCommand } from '../core/command-line';
import { monotonicMs } from '../core/clock';
import { kindOf, verdictOf } from '../contract/endings';
import { errorMessage, formatError, runAll } from '../core/errors';
import { forgetKeptStack } from '../project/kept-stack';
import type { FinishedRun, Run } from './run';
import type { Endable } from './session-parts';
import type { Verdict } from '../contract/observation';

/** What a run has come to before its stack is taken down. */
export interface RunEnding {
  /** What has begun of the stack; `undefined` when nothing has. */
  readonly stack: Endable | undefined;
  readonly urls: Readonly<Record<string, string>>;
  /** Why the stack did not come up. */
  readonly failure?: unknown;
  /** What the run as a whole found, beside its scenarios. */
  readonly found?: () => Promise<{ readonly verdict: Verdict; readonly reason: string } | undefined>;
}

/** Takes the stack down (or leaves it, when it is kept), writes the last line and the report. */
export async function endRun(run: Run, ending: RunEnding): Promise<FinishedRun> {
  let last: Parameters<Run['close']>[0];
  try {
    const found = await ending.found?.();
    const problem = await takeDown(run, ending);
    const interrupted: unknown = run.ending.signal.aborted ? run.ending.signal.reason : undefined;
    // What failed to come up once the run was aborted, failed for that reason.
    const reasons = [interrupted ?? ending.failure, problem].filter((reason) => reason !== undefined);
    last = { type: 'run-finished', ...(reasons.length > 0 ? endingOf(reasons) : (found ?? { verdict: 'passed' })) };
  } finally {
    run.close(last);
  }
  return run.report();
}

/** The worst of what went wrong decides; all of it is told. */
function endingOf(reasons: readonly unknown[]) {
  const worst =
    reasons.find((reason) => verdictOf(reason) === 'failed') ??
    reasons.find((reason) => verdictOf(reason) === 'error') ??
    reasons[0];
  const kind = kindOf(worst);
  const reason = reasons.map(errorMessage).join('; ');
  return { verdict: verdictOf(worst), reason, ...(kind === undefined ? {} : { kind }) };
}

/** Returns what went wrong; never throws. */
async function takeDown(run: Run, { stack, urls, failure }: RunEnding): Promise<unknown> {
  const { journal, loaded, options } = run;
  const startedMs = monotonicMs();
  if (failure !== undefined) run.note(failure);
  // A stack that was there before us is not ours to remove, whatever went wrong.
  const leaves = options.stack === 'existing' || (run.isKept && failure === undefined);
  if (leaves) options.progress.step(`leaving the stack up; ${quotedCommand('down')} removes it`, urls);
  else options.progress.step('taking the stack down');
  const problem: unknown = await runAll([
    async () => (leaves ? stack?.leave() : stack?.down()),
    async () => (leaves ? undefined : forgetKeptStack(loaded)),
  ]).catch((error: unknown) => error);
  if (problem !== undefined) journal.append({ type: 'note', message: `teardown: ${formatError(problem)}` });
  const tookMs = monotonicMs() - startedMs;
  journal.append({ type: 'stack-down', project: loaded.project, tookMs, kept: leaves });
  return problem;
}
