import { untilAborted } from '../core/bounded';
import { monotonicMs } from '../core/clock';
import type { FileJournal } from '../contract/journal';
import type { Observation, Verdict } from '../contract/observation';
import { kindOf, verdictOf } from '../contract/endings';
import type { ErrorKind } from '../core/error-codes';
import { errorMessage, formatError } from '../core/errors';
import { checkLine } from '../verdict/findings';
import { expect, recordFindings } from '../verdict/matchers';
import { openContext } from './scenario-context';
import type { Scenario } from './scenario';
import { ScenarioEnd } from './scenario-end';
import { decisiveError, firstCause, orMistake, withoutEvidence } from './scenario-verdict';
import type { LiveRun } from './live-run';

/** How long a scenario may close what it opened once its run is aborted; what is open then is closed for it. */
const CLOSING_MS = 1_000;

export interface ScenarioOutcome {
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly reason?: string;
  readonly kind?: ErrorKind;
  /** What was thrown, when something was. */
  readonly error?: unknown;
}

/** Journals a scenario that is not to be run, with its reason. */
export function skipScenario(
  journal: FileJournal,
  scenario: Scenario & { readonly skip: string },
  phase: string,
): ScenarioOutcome {
  const { id, skip: reason } = scenario;
  const ended = { verdict: 'skipped', durationMs: 0, reason } as const;
  journal.scenario = id;
  journal.append(startedLine(scenario, phase));
  journal.append({ type: 'scenario-finished', ...ended, facts: {} });
  journal.scenario = undefined;
  return ended;
}

function startedLine({ title, place }: Scenario, phase: string): Observation {
  return { type: 'scenario-started', phase, title, ...(place === undefined ? {} : { place }) };
}

/** Runs a scenario and journals its start, its findings and its end. Loads and faults that it left open are ended. */
export async function runScenario(live: LiveRun, scenario: Scenario, phase: string): Promise<ScenarioOutcome> {
  const { journal } = live;
  const startedMs = monotonicMs();
  journal.scenario = scenario.id;
  journal.append(startedLine(scenario, phase));
  const verdicts: Verdict[] = [];
  expect.setState({ assertionCalls: 0 });
  const stopRecording = recordFindings((finding) => {
    verdicts.push(finding.verdict);
    journal.append(checkLine(finding));
  });
  using ending = new ScenarioEnd(live.signal, scenario);
  const opened = openContext(live, { scenarioId: scenario.id, signal: ending.signal });
  let thrown: unknown;
  try {
    ending.signal.throwIfAborted();
    await untilAborted(scenario.run(opened.context), ending.signal, CLOSING_MS);
  } catch (error) {
    thrown = orMistake(firstCause(error));
  }
  const cutOff: unknown = ending.signal.aborted ? ending.signal.reason : undefined;
  ending.abort();
  const { facts, ...closed } = await opened.close();
  stopRecording();
  const unshown = withoutEvidence(verdicts, expect.getState().assertionCalls);
  const error = live.machine.judge(decisiveError({ ...closed, cutOff, thrown, unshown }), startedMs);
  const verdict = verdictOf(error);
  const durationMs = monotonicMs() - startedMs;
  const kind = kindOf(error);
  const reason = error === undefined ? {} : { reason: errorMessage(error), ...(kind === undefined ? {} : { kind }) };
  if (verdict === 'error') journal.append({ type: 'note', message: formatError(error) });
  for (const other of [thrown, closed.fault, closed.cleanUp, closed.load]) {
    // What does not decide is told all the same.
    if (other !== undefined && other !== error) journal.append({ type: 'note', message: formatError(other) });
  }
  journal.append({ type: 'scenario-finished', verdict, durationMs, facts, ...reason });
  journal.scenario = undefined;
  return { verdict, durationMs, ...reason, ...(error === undefined ? {} : { error }) };
}
