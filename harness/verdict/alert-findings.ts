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
  return {
    name: `${alert.name} is actionable`,
    verdict: lacks.length === 0 ? 'passed' : 'failed',
    observed:
      lacks.length === 0
        ? `"${summary}", runbook ${alert.annotations?.runbook_url}`
        : `without ${lacks.join(', ')}: "${summary}"`,
    expected: 'service, value, threshold, runbook, owner and severity',
  };
}

export function fired(alert: AlertFacts): Finding {
  const seen = [
    alert.pendingAtMs === undefined ? undefined : 'pending',
    alert.firingAtMs === undefined ? undefined : 'firing',
    alert.notifiedAtMs === undefined ? undefined : 'notified',
  ].filter((state) => state !== undefined);
  return {
    name: `${alert.name} goes pending, fires and reaches the pager`,
    verdict: seen.length === 3 ? 'passed' : 'failed',
    observed:
      seen.length === 0 ? 'silent' : `${seen.join(', ')}${alert.summary === undefined ? '' : `: ${alert.summary}`}`,
    expected: 'pending, firing, notified',
  };
}

export function resolved(alert: AlertFacts): Finding {
  return {
    name: `${alert.name} resolves`,
    verdict: alert.resolvedAtMs === undefined ? 'failed' : 'passed',
    observed: alert.resolvedAtMs === undefined ? 'not resolved' : `resolved ${ms(since(alert))} after it fired`,
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
