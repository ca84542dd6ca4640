import type { LineOf } from '../contract/observation';
import type { Verdict } from '../contract/observation';
import {
  formatCount,
  formatDuration,
  formatList,
  formatNumber,
  formatOffset,
  formatPercent,
  formatPlural,
} from './format';
import { worstFirst, type RunModel, type ScenarioModel } from './model';
import { openingOf } from './opening';
import { faultState } from './phrases';
import type { RolloutResult } from '../contract/rollout-result';
import { rolloutSentence } from '../contract/rollout-words';
import { viewScenario, type ScenarioView } from './scenario-view';
import { linesOf } from './spans';
import { median, type LoadPoint, type Range, type Series } from './series';

const FINDINGS_MAX = 4;

/** The run in a few sentences, each without its full stop. */
export interface Story {
  readonly opening: string;
  readonly findings: readonly { readonly text: string; readonly scenario: ScenarioModel }[];
  /** What became of the scenarios that the findings leave out. */
  readonly rest: string | undefined;
}

/** What happened, from the facts of the scenarios. Knows rollouts, faults and alerts; nothing of any stack. */
export function verdictStory(run: RunModel): Story {
  const { text: opening, saysWhy } = openingOf(run);
  const views = worstFirst(run.scenarios).map((scenario) => viewScenario(run, scenario));
  // What the run itself gives for its reason goes first, also among the equally bad.
  const rank = ({ scenario }: ScenarioView) =>
    scenario.reason !== undefined && scenario.reason === run.reason ? 0 : 1;
  const decisive = views
    .filter(({ scenario }) => scenario.verdict === run.verdict)
    .sort((a, b) => rank(a) - rank(b))
    .map((view) => ({ scenario: view.scenario, text: clause(view, saysWhy ? run.reason : undefined) }));
  // That a scenario without a release or an alert holds goes without saying where others have more to tell.
  const eventful = decisive.filter(({ text }) => text !== undefined);
  const findings = (eventful.length > 0 ? eventful : decisive)
    .slice(0, FINDINGS_MAX)
    .map(({ scenario, text }) => ({ scenario, text: text ?? `“${scenario.title}” holds` }));
  const told = findings.map(({ scenario }) => scenario);
  return { opening, findings, rest: findings.length === 0 ? undefined : restText(run, told) };
}

function restText(run: RunModel, told: readonly ScenarioModel[]): string | undefined {
  const rest = run.scenarios.filter((scenario) => !told.includes(scenario));
  if (rest.length === 0) return undefined;
  const passed = rest.filter(({ verdict }) => verdict === 'passed').length;
  const others = formatPlural(rest.length, 'other scenario');
  return passed === rest.length ? `${others} passed.` : `${formatCount(passed)} of ${others} passed.`;
}

/** Why the verdict can be believed: how much was looked at. Nothing when nothing was. */
export function basisSentence(run: RunModel): string | undefined {
  const requests = run.scenarios.flatMap(({ known }) => known.requests ?? []);
  const checks = run.scenarios.flatMap((scenario) => scenario.checks);
  const proved = run.faults.filter(({ provedAtMs }) => provedAtMs !== undefined).length;
  const judged = linesOf(run.lines, 'judgement').length;
  const seen = linesOf(run.lines, 'traffic-window').length > 0;
  const parts = [
    checks.length > 0 &&
      `${formatCount(checks.filter(({ verdict }) => verdict === 'passed').length)} of ${formatPlural(checks.length, 'check')} passed`,
    requests.length > 0 &&
      `${formatPlural(
        requests.reduce((total, { sent }) => total + sent, 0),
        'request',
      )} followed one by one${seen ? ', and counted again by the fronts' : ''}`,
    run.faults.length > 0 && `${formatCount(proved)} of ${formatPlural(run.faults.length, 'fault')} shown to bite`,
    judged > 0 && `${formatPlural(judged, 'judgement')} of new against old`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? undefined : `${parts.join('; ')}.`;
}

const FELL: Readonly<Record<Exclude<Verdict, 'passed'>, string>> = {
  failed: 'failed',
  error: 'broke',
  inconclusive: 'could not tell',
  skipped: 'was skipped',
};

/** What a scenario shows; nothing when all that can be said is that it passed. `told` is a reason that has been given already. */
function clause(view: ScenarioView, told: string | undefined): string | undefined {
  const { scenario } = view;
  if (scenario.verdict !== 'passed') {
    const full = scenario.reason ?? 'no reason was given';
    // The opening has said that it was rolled back.
    if (scenario.kind === 'release') return full.replace(/^rolled back: /, '');
    // A check's reason goes on with what was observed: that stands in the scenario's own section.
    const [reason = ''] = full.replace(/\.$/, '').split(/: observed |\n/);
    return `“${scenario.title}” ${FELL[scenario.verdict]}${full === told ? '' : `: ${reason}`}`;
  }
  return [rolloutClause(view), alertClause(view)].filter((part) => part !== undefined).join('; ') || undefined;
}

function rolloutClause(view: ScenarioView): string | undefined {
  const { requests, rollouts } = view.scenario.known;
  const rollout = rollouts.at(-1);
  if (rollout === undefined) return undefined;
  const { service } = rollout;
  const faults = [
    ...new Set(view.faults.filter((fault) => fault.kind !== 'crash' || rollouts.length > 0).map(faultState)),
  ];
  const during = faults.length === 0 ? '' : ` while ${formatList(faults)}`;
  if (rollouts.length > 1) {
    const promoted = rollouts.filter((one) => one.outcome === 'promoted').length;
    return `${promoted} of ${rollouts.length} releases of ${service} were promoted${during}`;
  }
  if (rollout.outcome === 'promoted') {
    const lost =
      requests === undefined
        ? 'went through'
        : `lost ${formatCount(requests.lost)} of ${formatPlural(requests.sent, 'request')}`;
    return `A good release of ${service} ${lost}${during}`;
  }
  return `${upperFirst(rolloutSentence(rollout))}${lossText(rollout, requests)}${during}`;
}

/** What it cost in all, where the sentence has not said that yet. */
function lossText({ samples }: RolloutResult, requests: ScenarioView['scenario']['known']['requests']): string {
  if (requests === undefined) return '';
  const lost = requests.lost + requests.failed;
  return lost === samples.to.errors && lost > 0 ? '' : `; ${formatPlural(lost, 'request')} lost`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function alertClause(view: ScenarioView): string | undefined {
  const alert = view.scenario.known.alerts.find((candidate) => candidate.firingAtMs !== undefined);
  const firingAtMs = alert?.firingAtMs;
  if (alert === undefined || firingAtMs === undefined) return undefined;
  const fault = view.faults.findLast((candidate) => candidate.fromMs <= firingAtMs);
  const sinceMs = fault?.fromMs ?? alert.pendingAtMs;
  const steps = [
    `fired${sinceMs === undefined ? '' : ` after ${formatDuration(firingAtMs - sinceMs)}`}`,
    ...(alert.notifiedAtMs === undefined ? [] : ['reached the pager']),
    alert.resolvedAtMs === undefined ? 'has not cleared' : 'cleared',
  ];
  const cause = fault === undefined ? '' : `${faultState(fault)}: `;
  return `${cause}${alert.name} ${formatList(steps)}`;
}

/** Gaps that want explaining, and those before the first and after the last point of a scenario's load, as sentences. */
export function splitGaps(
  { gaps, pointMs }: Pick<Series<Range>, 'gaps' | 'pointMs'>,
  range: Range,
  isPassed: boolean,
): { readonly inner: readonly Range[]; readonly rims: readonly string[] } {
  // A point at the rim that holds a single late answer is no load.
  const isHead = (gap: Range) => gap.startMs - range.startMs <= pointMs;
  const isTail = (gap: Range) => range.endMs - gap.endMs <= pointMs;
  const isRim = (gap: Range) => isPassed && isHead(gap) !== isTail(gap);
  const rims = gaps
    .filter(isRim)
    .map((gap) =>
      isHead(gap)
        ? `The load began at ${formatOffset(gap.endMs - range.startMs)}.`
        : `The load ended at ${formatOffset(gap.startMs - range.startMs)}.`,
    );
  return { inner: gaps.filter((gap) => !isRim(gap)), rims };
}

/** Where a series has no data, as a sentence; nothing when it is whole. */
export function gapSentence(gaps: readonly Range[], range: Range, what = 'data'): string | undefined {
  if (gaps.length === 0) return undefined;
  if (gaps.length === 1 && gaps[0]?.startMs === range.startMs && gaps[0].endMs === range.endMs) {
    return `No ${what} was recorded in this scenario.`;
  }
  const shown = gaps
    .slice(0, 4)
    .map(
      ({ startMs, endMs }) => `from ${formatOffset(startMs - range.startMs)} to ${formatOffset(endMs - range.startMs)}`,
    );
  const more = gaps.length > shown.length ? ` and in ${gaps.length - shown.length} more stretches` : '';
  return `No ${what} ${shown.join(', ')}${more}.`;
}

/** What the error ratio did, against the threshold. */
export function errorFinding(load: Series<LoadPoint>, threshold: number | undefined, range: Range): string {
  const known = load.points.filter((point) => Number.isFinite(point.errorRatio));
  const peak = known.reduce<LoadPoint | undefined>(
    (best, point) => (best === undefined || point.errorRatio > best.errorRatio ? point : best),
    undefined,
  );
  if (peak === undefined) return 'No request ended, so there is no error ratio.';
  if (peak.errorRatio === 0) return `No request failed or was lost in ${formatCount(known.length)} points.`;
  const where = `${formatPercent(peak.errorRatio)} at ${formatOffset(peak.startMs - range.startMs)}`;
  if (threshold === undefined) return `The error ratio peaked at ${where}.`;
  const over = known.filter((point) => point.errorRatio > threshold);
  const overMs = over.reduce((total, point) => total + point.endMs - point.startMs, 0);
  return over.length === 0
    ? `The error ratio peaked at ${where}, below the ${formatPercent(threshold)} line.`
    : `The error ratio was over the ${formatPercent(threshold)} line for ${formatDuration(overMs)} and peaked at ${where}.`;
}

/** What the latency did, in and out of faults where there are both. */
export function latencyFinding(view: ScenarioView): string {
  const known = view.load.points.filter((point) => Number.isFinite(point.p99));
  const peak = known.reduce<LoadPoint | undefined>(
    (best, point) => (best === undefined || point.p99 > best.p99 ? point : best),
    undefined,
  );
  if (peak === undefined) return 'No request was answered, so there is no latency.';
  const inFault = (point: LoadPoint) =>
    view.faults.some(
      (fault) => point.startMs >= fault.fromMs && point.endMs <= (fault.toMs ?? Number.POSITIVE_INFINITY),
    );
  const [during, outside] = [known.filter(inFault), known.filter((point) => !inFault(point))];
  const at = formatOffset(peak.startMs - view.scenario.startMs);
  const peakText = `p99 peaked at ${formatDuration(peak.p99)} at ${at}`;
  if (during.length < 3 || outside.length < 3) {
    return `The typical p50 was ${formatDuration(median(known.map((point) => point.p50)))}; ${peakText}.`;
  }
  const typical = (points: readonly LoadPoint[]) => formatDuration(median(points.map((point) => point.p95)));
  return `The typical p95 was ${typical(outside)} without the fault and ${typical(during)} with it; ${peakText}.`;
}

/** Why an alert fired, or why it did not. */
export function alertSentence(evidence: LineOf<'alert-evidence'>, fired: boolean): string {
  const { alert, peakOverThreshold: peak, pendingOverFor: pending, samples } = evidence;
  if (samples === 0 || !Number.isFinite(peak)) return `Nothing can be said about ${alert}: it had no samples.`;
  const peakText = `the measured ratio peaked at ${formatNumber(peak)} × the threshold`;
  const pendingText = `the longest pending lasted ${formatNumber(pending)} × its “for”`;
  const unwatchedMs = evidence.gaps.reduce((total, gap) => total + gap.toMs - gap.fromMs, 0);
  if (fired) return `${alert} fired: ${peakText}, and ${pendingText}.`;
  if (unwatchedMs > 0) {
    return `No ${alert} was seen, but nobody could look for ${formatDuration(unwatchedMs)}: ${peakText}, and ${pendingText}.`;
  }
  if (peak <= 1) return `No ${alert}, rightly: ${peakText}, so the condition was never true.`;
  if (pending < 1) return `No ${alert}, rightly: ${peakText}, but ${pendingText} – too short to wake anyone.`;
  return `No ${alert}, although ${peakText} and ${pendingText}: it should have fired.`;
}
