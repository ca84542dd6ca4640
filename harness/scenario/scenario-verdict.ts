import type { Verdict } from '../contract/observation';
import { kindOf, verdictOf } from '../contract/endings';
import { errorMessage, HarnessError } from '../core/errors';
import { HARNESS } from './place';

/** All that speaks against a scenario when it has ended. */
export interface ScenarioEnding {
  /** Why the run was aborted while the scenario ran. */
  readonly cutOff?: unknown;
  /** A fault that was not what the scenario believed. */
  readonly fault?: HarnessError | undefined;
  /** What the scenario threw. */
  readonly thrown?: unknown;
  readonly cleanUp?: unknown;
  /** A check that was swallowed, or that there was none. */
  readonly unshown?: HarnessError | undefined;
  /** A load that did not send what it should have, when it should have. */
  readonly load?: HarnessError | undefined;
}

/**
 * The one error that decides; `undefined` when the scenario has passed. What was seen while the run was torn down, or while a fault was
 * not there, is no finding about the stack. A load that fell behind takes a success away, never a failure.
 */
export function decisiveError({ cutOff, fault, thrown, cleanUp, unshown, load }: ScenarioEnding): unknown {
  // What this machine lacks excuses nothing that went wrong.
  if (kindOf(thrown) === 'skipped')
    return cutOff ?? fault ?? cleanUp ?? (verdictOf(unshown) === 'failed' ? unshown : thrown);
  return cutOff ?? fault ?? thrown ?? cleanUp ?? unshown ?? load;
}

/** Nothing was thrown, but nothing was shown either; or a check that failed was swallowed on the way. */
export function withoutEvidence(verdicts: readonly Verdict[], assertions: number): HarnessError | undefined {
  const worst = verdicts.find((verdict) => verdict === 'failed') ?? verdicts.find((verdict) => verdict !== 'passed');
  if (worst !== undefined) {
    return new HarnessError(worst === 'failed' ? 'check-failed' : 'check-inconclusive', {
      message: `a check was ${worst}, and the scenario went on`,
    });
  }
  if (assertions > 0) return undefined;
  return new HarnessError('check-inconclusive', {
    message: 'the scenario expects nothing',
    hint: 'Say what should happen: `expect(rollout).toHaveBeenPromoted()`.',
  });
}

/** What a mistake in code throws, a matcher that does not exist among it. */
const MISTAKES = ['TypeError', 'ReferenceError'];

/**
 * What a scenario threw, told as a mistake in it where it is one. Not what happened underneath, as a `fetch` that failed (it has a cause), nor
 * what our own code stumbled over.
 */
export function orMistake(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !MISTAKES.includes(thrown.name) || thrown.cause !== undefined) return thrown;
  const at = thrown.stack?.split('\n').find((line) => /^\s+at /.test(line));
  if (at?.includes(HARNESS) === true) return thrown;
  return new HarnessError('scenario-broke', {
    message: `the scenario has a mistake: ${errorMessage(thrown)}`,
    facts: at === undefined ? {} : { at: at.trim() },
    hint: 'Check it with `npx tsc --noEmit`.',
    cause: thrown,
  });
}

/** `await using` hides what the body threw behind what its clean-up threw. */
export function firstCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.name === 'SuppressedError' && 'suppressed' in cause) cause = cause.suppressed;
  return cause ?? new Error('the scenario threw nothing that can be told');
}
