import { wallIso } from '../core/clock';
import type { ErrorKind } from '../core/error-codes';
import type { AlertLimit } from '../contract/alerts';
import type { JournalLine, LineOf, Verdict } from '../contract/observation';
import type { Place, ScenarioFacts } from '../contract/lines/scenario';
import type { ReadableJournal, UnreadableLine } from '../contract/journal';
import type { RolloutResult } from '../contract/rollout-result';
import { nightOf, type NightModel } from './night';
import { pipelineOf, type PipelineModel } from './pipeline';
import {
  alertNotices,
  alertSpans,
  faultSpans,
  healthSpans,
  linesOf,
  rolloutSpans,
  type AlertNotice,
  type AlertSpan,
  type FaultSpan,
  type HealthSpan,
  type RolloutSpan,
} from './spans';

/** Of a scenario's facts those that the report knows how to draw, and its rollouts. */
export interface KnownFacts extends Pick<ScenarioFacts, 'requests' | 'exclusiveTimeMs' | 'reconciliation'> {
  readonly alerts: NonNullable<ScenarioFacts['alerts']>;
  readonly rollouts: readonly RolloutResult[];
}

export interface ScenarioModel {
  readonly id: string;
  /** Unique in the page, also when a scenario was tried again. */
  readonly anchor: string;
  /** 1, or more when the same scenario was tried again. */
  readonly attempt: number;
  readonly phase: string;
  readonly title: string;
  readonly hypothesis: string | undefined;
  readonly verdict: Verdict;
  /** Of what decided, where it was an error of ours. */
  readonly kind?: ErrorKind | undefined;
  readonly reason: string | undefined;
  readonly durationMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly facts: ScenarioFacts;
  readonly known: KnownFacts;
  readonly checks: readonly LineOf<'check'>[];
  /** Where it is declared. */
  readonly place?: Place | undefined;
}

/** A verdict and what led to it. */
interface Ending {
  readonly verdict: Verdict;
  /** Of what decided, where it was an error of ours. */
  readonly kind?: ErrorKind | undefined;
  readonly reason: string | undefined;
}

/** A run as the journal tells it. */
export interface RunModel extends Ending {
  readonly run: string;
  readonly title: string;
  readonly seed: string;
  readonly rerun: string | undefined;
  readonly versions: Readonly<Record<string, string>>;
  /** What the configured alerts judge by. */
  readonly alertLimits: readonly AlertLimit[];
  readonly startMs: number;
  readonly endMs: number;
  /** How the run itself ended, when it did not pass and no scenario tells of it. */
  readonly ownEnding: Ending | undefined;
  /** What the run was of, when it was no run of scenarios. */
  readonly pipeline?: PipelineModel;
  /** When it was a night: what else it found than its scenarios tell. */
  readonly night?: NightModel;
  /** Whole releases that came to their end. */
  readonly releases: readonly LineOf<'release-ended'>[];
  readonly scenarios: readonly ScenarioModel[];
  readonly measurements: readonly LineOf<'measurement'>[];
  /** Checks that belong to no scenario. */
  readonly looseChecks: readonly LineOf<'check'>[];
  readonly faults: readonly FaultSpan[];
  readonly rollouts: readonly RolloutSpan[];
  readonly health: readonly HealthSpan[];
  readonly alerts: readonly AlertSpan[];
  readonly notices: readonly AlertNotice[];
  readonly lines: readonly JournalLine[];
  readonly unreadable: readonly UnreadableLine[];
}

/** Worst first. `skipped` says nothing about the others. */
const VERDICT_RANK: Readonly<Record<Verdict, number>> = {
  failed: 0,
  error: 1,
  inconclusive: 2,
  passed: 3,
  skipped: 4,
};

/** The verdict of many: the worst. Nothing, or nothing but skipped, is inconclusive: no data is never success. */
export function overallVerdict(verdicts: readonly Verdict[]): Verdict {
  const worst = [...verdicts].sort((a, b) => VERDICT_RANK[a] - VERDICT_RANK[b])[0];
  return worst === undefined || worst === 'skipped' ? 'inconclusive' : worst;
}

/** What the journal says, joined. `run` names a run whose journal does not. */
export function buildModel(journal: ReadableJournal, run: string): RunModel {
  const { unreadable } = journal;
  const lines = [...journal.lines].sort((a, b) => a.at - b.at);
  const started = linesOf(lines, 'run-started').at(0);
  const finished = linesOf(lines, 'run-finished').at(-1);
  const startMs = started?.at ?? lines[0]?.at ?? 0;
  const endMs = finished?.at ?? lines.at(-1)?.at ?? startMs;
  const scenarios = scenarioModels(lines, endMs);
  // A scenario that passed when tried again is judged by its last attempt; the page shows every attempt.
  const last = [...new Map(scenarios.map((scenario) => [scenario.id, scenario])).values()];
  const pipeline = pipelineOf(lines);
  const night = nightOf(lines);
  const own = ownEnding({ last, pipeline, finished, lines });
  return {
    run: started?.run ?? run,
    title: started?.title ?? 'Untitled run',
    seed: started?.seed ?? 'unknown',
    rerun: started?.rerun,
    versions: started?.versions ?? {},
    alertLimits: started?.alerts ?? [],
    startMs,
    endMs,
    ...runVerdict(last, own),
    ownEnding: isTold(own, last) || hasFailedStage(pipeline) ? undefined : own,
    ...(pipeline === undefined ? {} : { pipeline }),
    ...(night === undefined ? {} : { night }),
    releases: linesOf(lines, 'release-ended'),
    scenarios,
    measurements: linesOf(lines, 'measurement'),
    looseChecks: linesOf(lines, 'check').filter((check) => check.scenario === undefined),
    faults: faultSpans(lines),
    rollouts: rolloutSpans(lines),
    health: healthSpans(lines),
    alerts: alertSpans(lines),
    notices: alertNotices(lines),
    lines,
    unreadable,
  };
}

/** How the run itself ended, whatever its scenarios say: cut off, without its stack, or with something lost. */
function ownEnding({
  last,
  pipeline,
  finished,
  lines,
}: {
  readonly last: readonly ScenarioModel[];
  readonly pipeline: PipelineModel | undefined;
  readonly finished: LineOf<'run-finished'> | undefined;
  readonly lines: readonly JournalLine[];
}): Ending {
  if (finished === undefined) {
    const lastLine = lines.at(-1);
    const reason =
      lastLine === undefined
        ? 'The journal is empty: nothing ran.'
        : `The run did not finish: its journal ends at ${wallIso(lastLine.at)}.`;
    return { verdict: 'inconclusive', kind: 'inconclusive', reason };
  }
  const isOfScenarios = pipeline?.outcome === undefined;
  if (isOfScenarios && finished.verdict === 'passed' && last.every(({ verdict }) => verdict === 'skipped')) {
    const what = last.length === 0 ? 'No scenario ran' : 'Every scenario was skipped';
    return { verdict: 'inconclusive', kind: 'inconclusive', reason: `${what}: nothing is proven.` };
  }
  return { verdict: finished.verdict, kind: finished.kind, reason: finished.reason };
}

/** Whether a scenario has said what the run says: what cuts a run off cuts off its scenario too. */
function isTold(own: Ending, last: readonly ScenarioModel[]): boolean {
  const says = ({ verdict, reason }: ScenarioModel) =>
    verdict === own.verdict && (own.reason === undefined || reason === own.reason);
  return own.verdict === 'passed' || last.some(says);
}

/** Whether a stage has said how its pipeline ended. */
function hasFailedStage(pipeline: PipelineModel | undefined): boolean {
  return pipeline?.stages.some(({ state }) => state === 'failed') === true;
}

function runVerdict(last: readonly ScenarioModel[], own: Ending): Ending {
  const verdict = last.length === 0 ? own.verdict : overallVerdict([...last, own].map((ending) => ending.verdict));
  if (verdict === 'passed') return { verdict, reason: own.reason };
  const decisive = [...(own.reason === undefined ? [] : [own]), ...last, own].filter((one) => one.verdict === verdict);
  // What the stack did weighs more than what a release did, which the stack took back.
  const { kind, reason } = decisive.find((one) => one.kind !== 'release') ?? decisive[0] ?? own;
  const reasons = [reason, own.verdict === 'passed' ? undefined : own.reason].filter((one) => one !== undefined);
  return { verdict, kind, reason: reasons.length === 0 ? undefined : [...new Set(reasons)].join('; ') };
}

function scenarioModels(lines: readonly JournalLine[], endMs: number): ScenarioModel[] {
  const open = new Map<string, Draft>();
  const drafts: Draft[] = [];
  for (const line of lines) {
    const id = line.scenario ?? ('title' in line ? line.title : 'unnamed');
    if (line.type === 'scenario-started') {
      const draft: Draft = { id, started: line, finished: undefined, checks: [], rollouts: [] };
      open.set(id, draft);
      drafts.push(draft);
    } else if (line.type === 'scenario-finished') {
      const draft = open.get(id) ?? { id, started: undefined, finished: undefined, checks: [], rollouts: [] };
      if (!open.has(id)) drafts.push(draft);
      draft.finished = line;
      open.delete(id);
    } else if (line.type === 'check' && line.scenario !== undefined) {
      const draft = open.get(line.scenario) ?? drafts.findLast((candidate) => candidate.id === line.scenario);
      draft?.checks.push(line);
    } else if (line.type === 'rollout-ended' && line.scenario !== undefined) {
      const draft = open.get(line.scenario) ?? drafts.findLast((candidate) => candidate.id === line.scenario);
      const { type: _type, at: _at, scenario: _scenario, ...result } = line;
      // One that was stuck and tried once more has ended as it did in the end.
      const earlier = draft?.rollouts.findIndex(({ rollout }) => rollout === result.rollout) ?? -1;
      if (earlier < 0) draft?.rollouts.push(result);
      else draft?.rollouts.splice(earlier, 1, result);
    }
  }
  return drafts.map((draft, index) =>
    scenarioModel(draft, {
      index,
      attempt: drafts.slice(0, index + 1).filter((other) => other.id === draft.id).length,
      endMs,
    }),
  );
}

interface Draft {
  readonly id: string;
  readonly started: LineOf<'scenario-started'> | undefined;
  finished: LineOf<'scenario-finished'> | undefined;
  readonly checks: LineOf<'check'>[];
  readonly rollouts: RolloutResult[];
}

function scenarioModel(
  { id, started, finished, checks, rollouts }: Draft,
  place: { readonly index: number; readonly attempt: number; readonly endMs: number },
): ScenarioModel {
  const endMs = finished?.at ?? place.endMs;
  const startMs = started?.at ?? endMs - (finished?.durationMs ?? 0);
  const facts = finished?.facts ?? {};
  return {
    id,
    anchor: `scenario-${place.index + 1}`,
    attempt: place.attempt,
    phase: started?.phase ?? 'unknown',
    title: started?.title ?? id,
    hypothesis: started?.hypothesis,
    verdict: finished?.verdict ?? 'error',
    kind: finished?.kind,
    reason: finished === undefined ? 'The scenario did not finish: the journal ends before it.' : finished.reason,
    durationMs: finished?.durationMs ?? Math.max(0, endMs - startMs),
    startMs,
    endMs: Math.max(endMs, startMs + 1),
    facts,
    known: { ...facts, alerts: facts.alerts ?? [], rollouts },
    checks,
    place: started?.place,
  };
}

/** Scenarios in the order in which they are read: worst first, then as they ran. */
export function worstFirst(scenarios: readonly ScenarioModel[]): ScenarioModel[] {
  return [...scenarios].sort((a, b) => VERDICT_RANK[a.verdict] - VERDICT_RANK[b.verdict] || a.startMs - b.startMs);
}
