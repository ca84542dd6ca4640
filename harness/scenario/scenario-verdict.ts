import type { Verdict } from '../contract/observation';
import { HarnessError, isHarnessError } from '../core/errors';

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
  if (isSkip(thrown)) return cutOff ?? fault ?? cleanUp ?? (unshown?.code === 'check-failed' ? unshown : thrown);
  return cutOff ?? fault ?? thrown ?? cleanUp ?? unshown ?? load;
}

function isSkip(error: unknown): boolean {
  return isHarnessError(error) && error.code === 'capability-missing';
}

const FAILED = new Set(['check-failed', 'alert-not-reached']);
const INCONCLUSIVE = new Set(['check-inconclusive', 'alert-not-watched']);

/** A check that did not hold is a failure; everything else that was thrown kept the scenario from finding out. */
export function verdictOf(error: unknown): Verdict {
  if (error === undefined) return 'passed';
  if (isHarnessError(error) && FAILED.has(error.code)) return 'failed';
  if (isHarnessError(error) && INCONCLUSIVE.has(error.code)) return 'inconclusive';
  // What this machine cannot do says nothing of the stack.
  if (isSkip(error)) return 'skipped';
  const isAssertion = error instanceof Error && 'matcherResult' in error;
  return isAssertion ? 'failed' : 'error';
}

/** Nothing was thrown, but nothing was shown either; or a check that failed was swallowed on the way. */
export function withoutEvidence(verdicts: readonly Verdict[], assertions: number): HarnessError | undefined {
  const worst = verdicts.find((verdict) => verdict === 'failed') ?? verdicts.find((verdict) => verdict !== 'passed');
  if (worst !== undefined) {
    return new HarnessError(`check-${worst}`, { message: `a check was ${worst}, and the scenario went on` });
  }
  if (assertions > 0) return undefined;
  return new HarnessError('check-inconclusive', {
    message: 'the scenario expects nothing',
    hint: 'Say what should happen: `expect(rollout).toHaveBeenPromoted()`.',
  });
}

/** `await using` hides what the body threw behind what its clean-up threw. */
export function firstCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.name === 'SuppressedError' && 'suppressed' in cause) cause = cause.suppressed;
  return cause ?? new Error('the scenario threw nothing that can be told');
}
