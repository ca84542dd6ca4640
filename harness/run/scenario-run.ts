import { monotonicMs } from '../core/clock';
import type { Verdict } from '../core/events';
import { HarnessError, errorMessage, formatError, isHarnessError } from '../core/errors';
import { expect, recordFindings } from '../verdict/matchers';
import { openContext } from './scenario-context';
import type { Scenario } from './scenario';
import type { Session } from './session';

export interface ScenarioOutcome {
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly reason?: string;
  /** What was thrown, when something was. */
  readonly error?: unknown;
}

/** Runs a scenario and journals its start, its findings and its end. Loads and faults that it left open are ended. */
export async function runScenario(session: Session, scenario: Scenario, phase: string): Promise<ScenarioOutcome> {
  const { journal } = session;
  const startedMs = monotonicMs();
  journal.scenario = scenario.id;
  journal.append({ type: 'scenario-started', phase, title: scenario.title });
  const verdicts: Verdict[] = [];
  expect.setState({ assertionCalls: 0 });
  const stopRecording = recordFindings((finding) => {
    verdicts.push(finding.verdict);
    journal.append({ type: 'check', ...finding });
  });
  const opened = openContext(session, scenario.id);
  let error: unknown;
  try {
    session.signal.throwIfAborted();
    await scenario.run(opened.context);
  } catch (thrown) {
    error = firstCause(thrown);
  }
  const facts = await opened.close().catch((thrown: unknown) => {
    error ??= thrown;
    return {};
  });
  stopRecording();
  error ??= withoutEvidence(verdicts, expect.getState().assertionCalls);
  const verdict = error === undefined ? 'passed' : verdictOf(error);
  const durationMs = monotonicMs() - startedMs;
  const reason = error === undefined ? {} : { reason: errorMessage(error) };
  if (verdict === 'error') journal.append({ type: 'note', message: formatError(error) });
  journal.append({ type: 'scenario-finished', verdict, durationMs, facts, ...reason });
  journal.scenario = undefined;
  return { verdict, durationMs, ...reason, ...(error === undefined ? {} : { error }) };
}

/** Nothing was thrown, but nothing was shown either; or a check that failed was swallowed on the way. */
function withoutEvidence(verdicts: readonly Verdict[], assertions: number): HarnessError | undefined {
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
function firstCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.name === 'SuppressedError' && 'suppressed' in cause) cause = cause.suppressed;
  return cause;
}

/** A check that did not hold is a failure; everything else that was thrown kept the scenario from finding out. */
function verdictOf(error: unknown): Verdict {
  if (isHarnessError(error) && error.code === 'check-failed') return 'failed';
  if (isHarnessError(error) && error.code === 'check-inconclusive') return 'inconclusive';
  if (isHarnessError(error) && error.code === 'alert-not-reached') return 'failed';
  const isAssertion = error instanceof Error && 'matcherResult' in error;
  return isAssertion ? 'failed' : 'error';
}
