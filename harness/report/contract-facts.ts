import { wallIso } from '../core/clock';
import { isRecord } from '../core/guards';
import { knownFacts } from './facts';
import { isRollback } from './rollback-cause';

/** No `Date` holds more, in ms on either side of the epoch (ECMAScript, "Time Values and Time Range"). */
const DATE_MS_MAX = 8.64e15;

/**
 * A scenario's facts by the names of the contract. The journal has them as the harness works with them: moments of an alert in wall ms,
 * the time of a switch inside its rollout, and a list instead of a rollout where there were several. All other facts stay as they are.
 */
export function contractFacts(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { rollout, alerts } = facts;
  const switchesMs = knownFacts(facts)
    .rollouts.filter(isRollback)
    .flatMap(({ switchMs }) => switchMs ?? []);
  return {
    ...facts,
    ...(Array.isArray(rollout) ? { rollout: rollout.at(-1) as unknown, rollouts: rollout } : {}),
    ...(switchesMs.length === 0 ? {} : { rollbackSwitchMs: Math.max(...switchesMs) }),
    ...(Array.isArray(alerts) ? { alerts: alerts.map(contractAlert) } : {}),
  };
}

/** Every moment of an alert: `firingAtMs` in wall ms becomes `firingAt` in ISO 8601, and one that did not come is left out. */
function contractAlert(alert: unknown): unknown {
  if (!isRecord(alert)) return alert;
  return Object.fromEntries(
    Object.entries(alert).flatMap(([name, value]) => {
      if (!name.endsWith('AtMs')) return [[name, value]];
      if (value === null || value === undefined) return [];
      return [isMoment(value) ? [name.slice(0, -'Ms'.length), wallIso(value)] : [name, value]];
    }),
  );
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= DATE_MS_MAX;
}
