import { wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { didYouMean } from '../core/nearest';
import type { AlertingRuleState, Prometheus } from './prometheus';

/** An alert that fires. */
export interface FiringAlert {
  readonly name: string;
  /** What its rule says of it to a person. */
  readonly summary?: string;
}

/** A rule whose last evaluation is older than so many of its intervals, and than {@link STALE_MS_MIN}, says nothing of now. */
const STALE_INTERVALS = 3;
const STALE_MS_MIN = 5_000;

/** Prometheus' own default interval, ms: of versions that do not tell it. */
const INTERVAL_MS = 60_000;

/**
 * Those of some alerts, by name, that fire now, by the rules of a stack's Prometheus: ours and the user's own.
 * @throws HarnessError `unknown-alert` for a name without a rule; `rule-broken`, `rule-not-evaluated` where a rule says nothing;
 * `observability-unreachable`
 */
export async function firingAlerts(
  prometheus: Pick<Prometheus, 'rules'>,
  names: readonly string[],
  now: () => number = wallMs,
): Promise<FiringAlert[]> {
  const rules = await prometheus.rules();
  return names.flatMap((name) => {
    const own = rules.filter((rule) => rule.name === name);
    if (own.length === 0) throw unknownAlert(name, rules);
    for (const rule of own) requireEvaluated(rule, now());
    const firing = own.flatMap(({ alerts }) => alerts).filter(({ state }) => state === 'firing');
    return firing.map(({ annotations: { summary } }) => ({ name, ...(summary === undefined ? {} : { summary }) }));
  });
}

function requireEvaluated({ name, health, lastError, lastEvaluationMs, intervalMs }: AlertingRuleState, nowMs: number) {
  if (health === 'err') {
    throw new HarnessError('rule-broken', { message: `the rule ${name} fails: ${lastError ?? 'no reason'}` });
  }
  const ageMs = nowMs - lastEvaluationMs;
  const limitMs = Math.max(STALE_MS_MIN, STALE_INTERVALS * (intervalMs ?? INTERVAL_MS));
  if (ageMs <= limitMs) return;
  const when = lastEvaluationMs === 0 ? 'not yet evaluated' : `last evaluated ${Math.round(ageMs / 1_000)} s ago`;
  throw new HarnessError('rule-not-evaluated', {
    message: `the rule ${name} was ${when} (limit ${limitMs / 1_000} s)`,
    facts: { alert: name, ageMs, limitMs },
  });
}

function unknownAlert(name: string, rules: readonly AlertingRuleState[]): HarnessError {
  const known = [...new Set(rules.map((rule) => rule.name))];
  return new HarnessError('unknown-alert', {
    message: `the stack's Prometheus has no rule for an alert ${name}${didYouMean(name, known)}`,
    facts: { name, known },
    hint: known.length === 0 ? 'It has no alerts at all.' : `Its alerts are ${known.join(', ')}.`,
  });
}
