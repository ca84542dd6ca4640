import { wallIso } from '../core/clock';
import type { AlertFacts } from '../contract/alert-facts';
import type { ScenarioFacts } from '../contract/lines/scenario';
import type { RolloutResult } from '../contract/rollout-result';
import type { SummaryAlert, SummaryFacts } from '../contract/summary';
import { isRollback } from './rollback-cause';

/**
 * A scenario's facts and rollouts as `summary.json` has them: the last rollout at hand and all of them listed where there were several, the
 * slowest switch of a rollback at the top, and an alert's moments in ISO 8601. All other facts stay as they are.
 */
export function summaryFacts({ alerts, ...facts }: ScenarioFacts, rollouts: readonly RolloutResult[]): SummaryFacts {
  const rollout = rollouts.at(-1);
  const switchesMs = rollouts.filter(isRollback).flatMap(({ switchMs }) => switchMs ?? []);
  return {
    ...facts,
    ...(rollout === undefined ? {} : { rollout }),
    ...(rollouts.length < 2 ? {} : { rollouts }),
    ...(switchesMs.length === 0 ? {} : { rollbackSwitchMs: Math.max(...switchesMs) }),
    ...(alerts === undefined ? {} : { alerts: alerts.map(summaryAlert) }),
  };
}

function summaryAlert(alert: AlertFacts): SummaryAlert {
  const { pendingAtMs, lastPendingAtMs, firingAtMs, notifiedAtMs, inactiveAtMs, resolvedAtMs, ...rest } = alert;
  const moments = {
    ...{ pendingAt: pendingAtMs, lastPendingAt: lastPendingAtMs, firingAt: firingAtMs },
    ...{ notifiedAt: notifiedAtMs, inactiveAt: inactiveAtMs, resolvedAt: resolvedAtMs },
  };
  const told = Object.entries(moments).flatMap(([name, atMs]) => (atMs === undefined ? [] : [[name, wallIso(atMs)]]));
  return { ...rest, ...(Object.fromEntries(told) as Partial<Record<keyof typeof moments, string>>) };
}
