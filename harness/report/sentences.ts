import type { Verdict } from '../core/events';
import {
  formatCount,
  formatDuration,
  formatList,
  formatNumber,
  formatOffset,
  formatPercent,
  formatPlural,
} from './format';
import type { LineOf } from './journal-lines';
import { worstFirst, type RunModel } from './model';
import { faultNoun, faultState } from './phrases';
import { viewScenario, type ScenarioView } from './scenario-view';
import { median, type LoadPoint, type Range, type Series } from './series';

const OPENINGS: Readonly<Record<Verdict, string>> = {
  passed: 'Your stack survived',
  failed: 'Your stack did not survive',
  error: 'The run broke before it could prove anything',
  inconclusive: 'Nothing is proven yet',
  skipped: 'Nothing ran',
};

const CLAUSES_MAX = 4;

/** The run in one sentence, from the facts of its scenarios. Knows rollouts, faults and alerts; nothing of any stack. */
export function verdictSentence(run: RunModel): string {
  const opening = OPENINGS[run.verdict];
  const views = worstFirst(run.scenarios).map((scenario) => viewScenario(run, scenario));
  const told = views.filter((view) => view.scenario.verdict === run.verdict).slice(0, CLAUSES_MAX);
  if (told.length === 0) return run.reason === undefined ? `${opening}.` : `${opening}. ${run.reason}`;
  const clauses = told.map((view) => clause(view));
  const rest = views.length - told.length;
  const passed = views.filter((view) => view.scenario.verdict === 'passed' && !told.includes(view)).length;
  const all =
    run.verdict === 'passed'
      ? `${formatPlural(rest, 'more scenario')} passed`
      : `The other ${formatPlural(rest, 'scenario')} passed`;
  const some = `${formatCount(passed)} of the other ${formatPlural(rest, 'scenario')} passed`;
  const restText = rest === 0 ? '' : ` ${passed === rest ? all : some}.`;
  return `${opening}: ${clauses.join('; ')}.${restText}`;
}

function clause(view: ScenarioView): string {
  const { scenario } = view;
  if (scenario.verdict !== 'passed') {
    // A check's reason goes on with what was observed: that stands in the scenario's own section.
    const [reason = ''] = (scenario.reason ?? 'no reason was given').replace(/\.$/, '').split(/: observed |\n/);
    return `“${scenario.title}” ${scenario.verdict === 'failed' ? 'failed' : `is ${scenario.verdict === 'error' ? 'broken' : scenario.verdict}`} (${reason})`;
  }
  return (
    [rolloutClause(view), alertClause(view)].filter((part) => part !== undefined).join(' and ') ||
    `“${scenario.title}” holds`
  );
}

function rolloutClause(view: ScenarioView): string | undefined {
  const { requests, rollouts } = view.scenario.known;
  const rollout = rollouts.at(-1);
  if (rollout === undefined) return undefined;
  const service = rollout.service ?? view.rollouts.at(-1)?.service ?? rollout.to?.replace(/-r\d+$/, '') ?? 'a service';
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
    return `a good release of ${service} ${lost}${during}`;
  }
  if (rollout.outcome === 'rolled-back') {
    const took = rollbackMs(view);
    const cost =
      requests === undefined ? '' : ` and cost ${formatPlural(requests.lost + (requests.failed ?? 0), 'request')}`;
    return `a bad release of ${service} was rolled back${took === undefined ? '' : ` in ${formatDuration(took)}`}${cost}${during}`;
  }
  return `a release of ${service} ended ${rollout.outcome.replace(/-/g, ' ')}${during}`;
}

/** First bad response → rolled back, if that is known. */
export function rollbackMs(view: ScenarioView): number | undefined {
  const rollout = view.scenario.known.rollouts.at(-1);
  if (rollout?.firstBadToRolledBackMs !== undefined) return rollout.firstBadToRolledBackMs;
  if (rollout?.firstBadResponseAtMs === undefined || rollout.rolledBackAtMs === undefined) return undefined;
  return rollout.rolledBackAtMs - rollout.firstBadResponseAtMs;
}

function alertClause(view: ScenarioView): string | undefined {
  const alert = view.scenario.known.alerts.find((candidate) => candidate.firingAtMs !== undefined);
  const firingAtMs = alert?.firingAtMs;
  if (alert === undefined || firingAtMs === undefined || firingAtMs === null) return undefined;
  const fault = view.faults.findLast((candidate) => candidate.fromMs <= firingAtMs);
  const sinceMs = fault?.fromMs ?? alert.pendingAtMs ?? undefined;
  const cleared = alert.resolvedAtMs === undefined || alert.resolvedAtMs === null ? 'it has not cleared' : 'it cleared';
  const took = sinceMs === undefined ? '' : ` after ${formatDuration(firingAtMs - sinceMs)}`;
  return `${fault === undefined ? 'the stack' : faultNoun(fault)} raised ${alert.name}${took} and ${cleared}`;
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
export function errorFinding(load: Series<LoadPoint>, threshold: number, range: Range): string {
  const known = load.points.filter((point) => Number.isFinite(point.errorRatio));
  const peak = known.reduce<LoadPoint | undefined>(
    (best, point) => (best === undefined || point.errorRatio > best.errorRatio ? point : best),
    undefined,
  );
  if (peak === undefined) return 'No request ended, so there is no error ratio.';
  if (peak.errorRatio === 0) return `No request failed or was lost in ${formatCount(known.length)} points.`;
  const over = known.filter((point) => point.errorRatio > threshold);
  const overMs = over.reduce((total, point) => total + point.endMs - point.startMs, 0);
  const where = `${formatPercent(peak.errorRatio)} at ${formatOffset(peak.startMs - range.startMs)}`;
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
  if (fired) return `${alert} fired: ${peakText}, and ${pendingText}.`;
  if (peak <= 1) return `No ${alert}, rightly: ${peakText}, so the condition was never true.`;
  if (pending < 1) return `No ${alert}, rightly: ${peakText}, but ${pendingText} – too short to wake anyone.`;
  return `No ${alert}, although ${peakText} and ${pendingText}: it should have fired.`;
}
