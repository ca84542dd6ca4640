import { HarnessError, errorMessage, hasCode } from '../../core/errors';
import type { Judgement } from '../judge/judge';
import type { DeliveryPorts } from '../ports';
import type { Revision } from '../revisions/revision';
import type { MetricLimit } from '../strategies/metric-limit';

/** How often Prometheus is asked, ms. */
const ASK_EVERY_MS = 1_000;

/** What was seen longer ago says nothing of now, ms. */
const FRESH_MS = 5_000;

type MetricPorts = Pick<DeliveryPorts, 'promql' | 'clock'>;

interface Pair {
  readonly from: Revision;
  readonly to: Revision;
}

/** What the configuration's own metrics say of a release. */
export interface OwnMetrics {
  /**
   * Begins a step of the rollout: only what is seen from now on counts. The function gives the judge's view with that of the metrics added:
   * over a limit aborts, a metric that is silent holds. It waits for no answer.
   */
  begin(at: { readonly weight: number }): (nowMs: number, judgement: Judgement) => Judgement;
}

/**
 * Begins to watch metrics; `undefined` where there are none. What stable's are now is what they are held against when it has no traffic.
 * @throws HarnessError `config-invalid` where nothing can be asked, or a query is none
 */
export async function openOwnMetrics(
  limits: readonly MetricLimit[],
  revisions: Pair,
  ports: MetricPorts,
): Promise<OwnMetrics | undefined> {
  if (limits.length === 0) return undefined;
  const { promql, clock } = ports;
  if (promql === undefined) {
    throw new HarnessError('config-invalid', {
      message: `the metrics ${limits.map(({ name }) => name).join(', ')} are to be asked for, and the configuration names no Prometheus`,
      hint: 'Set `observability` in rollproof.config.ts. Nothing was changed.',
    });
  }
  const watches = limits.map((limit) => metric(limit, { ...revisions, promql, clock }));
  for (const { measureStable } of watches) await measureStable();
  return {
    begin: ({ weight }) => {
      const steps = watches.map(({ begin }) => begin(weight));
      return (nowMs, judgement) => steps.reduce((seen, look) => added(seen, look(nowMs)), judgement);
    },
  };
}

/** What one metric comes to. */
type View = Pick<Judgement, 'outcome' | 'reason'>;

function added(judgement: Judgement, { outcome, reason }: View): Judgement {
  if (judgement.outcome === 'abort') return judgement;
  if (outcome === 'abort') return { ...judgement, outcome, reason };
  if (outcome === 'hold') return { ...judgement, outcome, reason: `${reason}; ${judgement.reason}` };
  return judgement.outcome === 'promote' ? { ...judgement, reason: `${judgement.reason}; ${reason}` } : judgement;
}

interface Seen {
  readonly atMs: number;
  readonly candidate: number;
}

function metric(
  limit: MetricLimit,
  { from, to, promql, clock }: Pair & { readonly clock: MetricPorts['clock'] } & Required<Pick<MetricPorts, 'promql'>>,
) {
  const { name, query, timesStable } = limit;
  /** The latest of stable's while it had traffic. */
  let stable: number | undefined;

  const valueOf = async (revision: Revision): Promise<number> => {
    const values = await promql(filled(query, { revision, from, to }));
    const [value] = values;
    if (values.length > 1) throw new Error(`the query gives ${values.length} series, and has to give one`);
    if (value === undefined) throw new Error('the query gives nothing');
    if (!Number.isFinite(value)) throw new Error(`the query gives ${value}`);
    return value;
  };

  const measureStable = async () => {
    try {
      stable = await valueOf(from);
    } catch (cause) {
      if (!hasCode(cause, 'observability-bad-answer')) return;
      throw new HarnessError('config-invalid', {
        message: `the metric ${name} cannot be asked for: ${errorMessage(cause)}`,
        facts: { metric: name, query },
        hint: 'Nothing was changed.',
        cause,
      });
    }
  };

  const begin = (weight: number) => {
    const beganAtMs = clock.now();
    let askedAtMs = -Infinity;
    let isAsking = false;
    let seen: Seen | undefined;
    let problem = 'nobody has been asked yet';
    let overSinceMs: number | undefined;

    const ask = async (nowMs: number) => {
      [isAsking, askedAtMs] = [true, nowMs];
      try {
        const candidate = await valueOf(to);
        if (timesStable !== undefined && weight < 100) stable = await valueOf(from);
        seen = { atMs: Math.max(nowMs, beganAtMs), candidate };
      } catch (error) {
        problem = errorMessage(error);
      } finally {
        isAsking = false;
      }
    };

    return (nowMs: number): View => {
      if (!isAsking && nowMs - askedAtMs >= ASK_EVERY_MS) void ask(nowMs);
      if (seen === undefined || nowMs - seen.atMs > FRESH_MS) {
        overSinceMs = undefined;
        return { outcome: 'hold', reason: `the metric ${name} is silent: ${problem}` };
      }
      if (timesStable !== undefined && stable === undefined) {
        return { outcome: 'hold', reason: `the metric ${name} is silent on ${from.label}` };
      }
      const text = textOf(limit, { to, candidate: seen.candidate, stable });
      if (!isOver(limit, seen.candidate, stable)) {
        overSinceMs = undefined;
        return { outcome: 'promote', reason: text };
      }
      overSinceMs ??= seen.atMs;
      return { outcome: nowMs - overSinceMs >= limit.forMs ? 'abort' : 'hold', reason: `over its limit: ${text}` };
    };
  };

  return { measureStable, begin };
}

function filled(query: string, { revision, from, to }: Pair & { readonly revision: Revision }): string {
  const values = { revision: revision.label, stable: from.label, candidate: to.label, service: to.service };
  return query.replace(
    /\{\{(revision|stable|candidate|service)\}\}/g,
    (_all, name: keyof typeof values) => values[name],
  );
}

function isOver({ limit, timesStable }: MetricLimit, candidate: number, stable: number | undefined): boolean {
  const isOverLimit = limit !== undefined && candidate > limit;
  return isOverLimit || (timesStable !== undefined && stable !== undefined && candidate > timesStable * stable);
}

function textOf(
  { name, limit, timesStable }: MetricLimit,
  { to, candidate, stable }: { readonly to: Revision; readonly candidate: number; readonly stable: number | undefined },
): string {
  const against = [
    ...(limit === undefined ? [] : [`limit ${limit}`]),
    ...(timesStable === undefined || stable === undefined ? [] : [`${timesStable} × stable's ${short(stable)}`]),
  ];
  return `the metric ${name} is ${short(candidate)} on ${to.label} against ${against.join(' and ')}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
