import type { LineOf } from '../contract/observation';
import { formatPercent } from './format';
import type { ScenarioModel, RunModel } from './model';
import { addTraffic, loadSeries, trafficSeries, type LoadPoint, type Series, type TrafficPoint } from './series';
import {
  linesOf,
  overlaps,
  type AlertNotice,
  type AlertSpan,
  type FaultSpan,
  type HealthSpan,
  type RolloutSpan,
} from './spans';
import { groupBy } from '../core/group-by';

export interface RatioLimit {
  readonly value: number;
  readonly label: string;
}

/** All that the journal knows of the time of one scenario, whichever scenario a line was stamped with. */
export interface ScenarioView {
  readonly scenario: ScenarioModel;
  readonly load: Series<LoadPoint>;
  readonly loadWindows: readonly LineOf<'load-window'>[];
  readonly trafficWindows: readonly LineOf<'traffic-window'>[];
  readonly traffic: readonly { readonly service: string; readonly series: Series<TrafficPoint> }[];
  readonly faults: readonly FaultSpan[];
  readonly rollouts: readonly RolloutSpan[];
  readonly judgements: readonly LineOf<'judgement'>[];
  readonly skews: readonly LineOf<'skew'>[];
  readonly hooks: readonly LineOf<'hook'>[];
  readonly shadows: readonly LineOf<'shadow'>[];
  readonly health: readonly HealthSpan[];
  readonly alerts: readonly AlertSpan[];
  readonly notices: readonly AlertNotice[];
  readonly alertEvidence: readonly LineOf<'alert-evidence'>[];
  readonly notes: readonly LineOf<'note'>[];
  /** Error ratios that alerts have as limits; the lowest first. */
  readonly limits: readonly RatioLimit[];
}

/** Cuts a run to one scenario. */
export function viewScenario(run: RunModel, scenario: ScenarioModel): ScenarioView {
  const during = (line: { readonly at: number; readonly scenario?: string }) =>
    (line.scenario === undefined || line.scenario === scenario.id) &&
    line.at >= scenario.startMs &&
    line.at <= scenario.endMs;
  const loadWindows = linesOf(run.lines, 'load-window');
  const trafficWindows = linesOf(run.lines, 'traffic-window');
  const services = groupBy(trafficWindows, (line) => line.service);
  const traffic = [...services].map(([service, windows]) => ({ service, series: trafficSeries(windows, scenario) }));
  return {
    scenario,
    load: loadSeries(loadWindows, scenario),
    loadWindows,
    trafficWindows,
    traffic: traffic.filter(({ series }) => series.points.length > 0),
    faults: run.faults.filter((fault) => overlaps(fault, scenario)),
    rollouts: run.rollouts.filter((rollout) => overlaps(rollout, scenario)),
    judgements: linesOf(run.lines, 'judgement').filter(during),
    skews: linesOf(run.lines, 'skew').filter(during),
    hooks: linesOf(run.lines, 'hook').filter(during),
    shadows: linesOf(run.lines, 'shadow').filter(during),
    health: run.health.filter((span) => overlaps(span, scenario)),
    alerts: run.alerts.filter((span) => overlaps(span, scenario)),
    notices: run.notices.filter((notice) => notice.atMs >= scenario.startMs && notice.atMs <= scenario.endMs),
    alertEvidence: linesOf(run.lines, 'alert-evidence').filter(during),
    notes: linesOf(run.lines, 'note').filter(during),
    limits: errorLimits(run),
  };
}

function errorLimits({ alertLimits }: RunModel): ScenarioView['limits'] {
  return alertLimits
    .filter(({ quantity }) => quantity === 'error-ratio')
    .sort((a, b) => a.limit - b.limit)
    .map(({ alert, limit }) => ({ value: limit, label: `${alert} ${formatPercent(limit)}` }));
}

/** The services whose traffic by revision is worth a chart: those that were rolled out, else the one most in need. */
export function chartedTraffic(view: ScenarioView): ScenarioView['traffic'] {
  const rolledOut = new Set(view.rollouts.map((rollout) => rollout.service));
  const chosen = view.traffic.filter(({ service, series }) => {
    return rolledOut.has(service) || Object.keys(addTraffic(series.points)).length > 1;
  });
  if (chosen.length > 0) return chosen;
  const size = ({ series }: ScenarioView['traffic'][number]) =>
    Object.values(addTraffic(series.points)).reduce(
      (total, { requests, errors }) => total + errors * 1e6 + requests,
      0,
    );
  return [...view.traffic].sort((a, b) => size(b) - size(a)).slice(0, 1);
}
