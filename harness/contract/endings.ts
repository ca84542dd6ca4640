import type { ErrorKind } from '../core/error-codes';
import { isHarnessError } from '../core/errors';
import type { Verdict } from './observation';

/** What follows for a scenario, or for a run, from what decided it. An interrupted command ends with 130, see `core/interrupt`. */
interface Ending {
  readonly verdict: Verdict;
  readonly exitCode: ExitCode;
}

export type ExitCode = 0 | 1 | 2 | 3;

/** By the kind of the error that decided. */
export const ENDINGS: Readonly<Record<ErrorKind, Ending>> = {
  'cannot-run': { verdict: 'error', exitCode: 2 },
  release: { verdict: 'failed', exitCode: 1 },
  stack: { verdict: 'failed', exitCode: 1 },
  inconclusive: { verdict: 'inconclusive', exitCode: 3 },
  skipped: { verdict: 'skipped', exitCode: 3 },
  internal: { verdict: 'error', exitCode: 1 },
};

/** Without an error of ours, by the verdict alone. */
const EXIT_CODES: Readonly<Record<Verdict, ExitCode>> = {
  passed: 0,
  failed: 1,
  error: 1,
  inconclusive: 3,
  skipped: 3,
};

/** Whose error it is; `undefined` for one that is not ours: an assertion of a scenario, or a scenario that broke by itself. */
export function kindOf(error: unknown): ErrorKind | undefined {
  return isHarnessError(error) ? error.kind : undefined;
}

/** The verdict that an error comes to: one that is not ours is a failed assertion, or kept the scenario from finding out. */
export function verdictOf(error: unknown): Verdict {
  if (error === undefined) return 'passed';
  const kind = kindOf(error);
  if (kind !== undefined) return ENDINGS[kind].verdict;
  return error instanceof Error && 'matcherResult' in error ? 'failed' : 'error';
}

/** The exit code of a command that ends with an error. */
export function exitCodeOf(error: unknown): ExitCode {
  const kind = kindOf(error);
  return kind === undefined ? EXIT_CODES[verdictOf(error)] : ENDINGS[kind].exitCode;
}

/** The exit code of a run: that of the kind of what decided it, where something did. */
export function exitCode({
  verdict,
  kind,
}: {
  readonly verdict: Verdict;
  readonly kind?: ErrorKind | undefined;
}): ExitCode {
  return kind === undefined ? EXIT_CODES[verdict] : ENDINGS[kind].exitCode;
}
