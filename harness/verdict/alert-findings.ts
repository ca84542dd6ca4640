import type { AlertEvidence, AlertFacts } from '../contract/alert-facts';
import { gapText } from '../contract/watch-gap';
import { about, ms, type Finding } from './findings';

/** A person can act on it: which service, how bad against which limit, what to do, and whose it is. */
export function actionable(alert: AlertFacts): Finding {
  const summary = alert.summary ?? '';
  const service = alert.labels?.service;
  const lacks = [
    service !== undefined && summary.includes(service) ? undefined : 'the service',
    (summary.match(/\d+(\.\d+)?\s?%/g) ?? []).length >= 2 ? undefined : 'value and threshold',
    alert.runbookExists === true ? undefined : 'a runbook that exists',
    alert.labels?.owner === undefined ? 'an owner' : undefined,
    alert.labels?.severity === undefined ? 'a severity' : undefined,
  ].filter((lack) => lack !== undefined);
  const without = `without ${lacks.join(', ')}: "${summary}"`;
  // Of one that was seen, all of this was seen with it.
  const seenMs = alert.pendingAtMs === undefined ? undefined : Infinity;
  return {
    name: `${alert.name} is actionable`,
    ...(lacks.length === 0
      ? { verdict: 'passed', observed: `"${summary}", runbook ${alert.annotations?.runbook_url}` }
      : missing(alert, without, seenMs)),
    expected: 'service, value, threshold, runbook, owner and severity',
  };
}

/** Whether a moment that an alert lacks may be missing because nobody looked, from `fromMs` (wall) on. Default: ever in the scenario. */
function mayBeUnseen({ gaps = [] }: AlertFacts, fromMs = -Infinity): boolean {
  return gaps.some(({ toMs }) => toMs > fromMs);
}

/** Only what was missing while somebody looked has failed. */
function missing(alert: AlertFacts, observed: string, fromMs?: number): Pick<Finding, 'verdict' | 'observed'> {
  if (!mayBeUnseen(alert, fromMs)) return { verdict: 'failed', observed };
  return { verdict: 'inconclusive', observed: `${observed}; ${gapText(alert.gaps ?? [])}` };
}

export function fired(alert: AlertFacts): Finding {
  const seen = [
    alert.pendingAtMs === undefined ? undefined : 'pending',
    alert.firingAtMs === undefined ? undefined : 'firing',
    alert.notifiedAtMs === undefined ? undefined : 'notified',
  ].filter((state) => state !== undefined);
  const observed =
    seen.length === 0 ? 'silent' : `${seen.join(', ')}${alert.summary === undefined ? '' : `: ${alert.summary}`}`;
  return {
    name: `${alert.name} goes pending, fires and reaches the pager`,
    // A whole episode may have come and gone in a gap: any of them counts.
    ...(seen.length === 3 ? { verdict: 'passed', observed } : missing(alert, observed)),
    expected: 'pending, firing, notified',
  };
}

export function resolved(alert: AlertFacts): Finding {
  return {
    name: `${alert.name} resolves`,
    ...(alert.resolvedAtMs === undefined
      ? missing(alert, 'not resolved', alert.notifiedAtMs ?? alert.firingAtMs)
      : { verdict: 'passed', observed: `resolved ${ms(since(alert))} after it fired` }),
    expected: 'the pager hears that it resolved',
  };
}

function since(alert: AlertFacts): number | undefined {
  return alert.firingAtMs === undefined || alert.resolvedAtMs === undefined
    ? undefined
    : alert.resolvedAtMs - alert.firingAtMs;
}

/** The condition that an alert judges was really there, at the size that was meant. */
export function sawErrors(
  evidence: AlertEvidence,
  options: { readonly ratio: number; readonly tolerance: number },
): Finding {
  const { alert, meanRatio: value, samples } = evidence;
  const figure = { name: `errors as ${alert} sees them`, value, samples };
  const finding = about(figure, { target: options.ratio, tolerance: options.tolerance, unit: 'ratio' });
  if (evidence.gaps.length === 0) return finding;
  return { ...finding, verdict: 'inconclusive', observed: `${finding.observed}; ${gapText(evidence.gaps)}` };
}

/** Silence is shown only by who looked all the time, at data that were there. */
export function silent(evidence: AlertEvidence): Finding {
  const { gaps, samples } = evidence;
  const seen = [
    `peak ${evidence.peakOverThreshold.toFixed(2)} × the threshold, longest pending ${evidence.pendingOverFor.toFixed(2)} × for`,
    ...(samples === 0 ? ['no samples'] : []),
    ...(gaps.length === 0 ? [] : [gapText(gaps)]),
  ];
  return {
    name: `${evidence.alert} stays silent`,
    verdict: evidence.fired ? 'failed' : samples === 0 || gaps.length > 0 ? 'inconclusive' : 'passed',
    observed: seen.join('; '),
    expected: 'never fires, watched without a gap, on data that could have fired it',
    samples: evidence.samples,
  };
}
