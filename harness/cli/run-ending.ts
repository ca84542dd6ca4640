import { exitCode } from '../contract/endings';
import type { Summary } from '../contract/summary';
import { isHarnessError } from '../core/errors';
import { tellGithub } from '../report/github';
import { tells } from '../report/opening';
import type { ScenarioOutcome } from '../scenario/scenario-run';

/** A run of one scenario that has ended. */
export interface EndedRun {
  readonly outcome: ScenarioOutcome;
  readonly summary: Summary;
  readonly htmlPath: string;
  /** How what was to be done has ended, in a sentence; absent when it never came to that. */
  readonly ending: string | undefined;
}

/**
 * Says how a command has ended that is one scenario, to whoever reads it: a person, a program, a GitHub workflow. Returns its exit code.
 * @throws what kept the scenario from its end, which the command tells as its error
 */
export function tellEnding(
  { outcome, summary, htmlPath, ending }: EndedRun,
  { json }: { readonly json: boolean },
): number {
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  tellGithub(summary, { json });
  if (isHarnessError(outcome.error) && outcome.verdict === 'error') throw outcome.error;
  if (!json) process.stdout.write(`${lastLines(summary, ending).join('\n')}\n${htmlPath}\n`);
  return exitCode(summary);
}

/** What a person reads last: how it went, and why; each once. */
export function lastLines({ verdict, kind, headline, reason }: Summary, ending: string | undefined): string[] {
  if (verdict === 'passed') return ending === undefined ? [] : [ending];
  const lines = [`${headline}.`];
  if (ending !== undefined) lines.push(kind === 'release' ? ending.replace(/^rolled back: /, '') : ending);
  const isTold = reason === undefined || reason === ending || tells(headline, reason);
  return isTold ? lines : [...lines, reason];
}
