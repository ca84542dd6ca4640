import type { AlertFacts } from '../contract/alert-facts';
import { describe, expect, it } from '@jest/globals';
import { actionable, fired, resolved, sawErrors, silent } from './alert-findings';

describe('an alert', () => {
  const labels = { service: 'orders', owner: 'team-orders', severity: 'page' };
  const alert: AlertFacts = {
    name: 'HighErrorRate',
    summary: 'orders: 41.2% of requests fail (limit 5% for 5m)',
    labels,
    annotations: { runbook_url: 'runbooks/high-error-rate.md' },
    runbookExists: true,
  };

  it('is actionable when it says what is bad, how bad, what to do and whose it is', () => {
    expect(actionable(alert)).toMatchObject({
      verdict: 'passed',
      observed: '"orders: 41.2% of requests fail (limit 5% for 5m)", runbook runbooks/high-error-rate.md',
    });
    expect(actionable({ ...alert, summary: 'orders fails 41.2 % of its requests (limit 5 %)' }).verdict).toBe('passed');
  });

  it.each<[string, Partial<AlertFacts>]>([
    ['the service', { summary: 'payments: 41.2% of requests fail (limit 5%)' }],
    ['the service', { labels: { owner: labels.owner, severity: labels.severity } }],
    ['value and threshold', { summary: 'orders: 41.2% of requests fail' }],
    ['a runbook that exists', { runbookExists: false }],
    ['an owner', { labels: { service: labels.service, severity: labels.severity } }],
    ['a severity', { labels: { service: labels.service, owner: labels.owner } }],
  ])('without %s is not actionable (%j)', (lack, change) => {
    const { verdict, observed } = actionable({ ...alert, ...change });
    expect([verdict, observed]).toEqual(['failed', expect.stringContaining(`without ${lack}: "`)]);
  });

  it('of which only the name is known lacks everything', () => {
    expect(actionable({ name: 'HighErrorRate' })).toMatchObject({
      verdict: 'failed',
      observed: 'without the service, value and threshold, a runbook that exists, an owner, a severity: ""',
    });
  });

  const pending = { pendingAtMs: 1_000 };
  const firing = { firingAtMs: 6_000 };
  const notified = { notifiedAtMs: 7_000 };

  it.each<[string, Partial<AlertFacts>, string, string]>([
    ['all three', { ...pending, ...firing, ...notified }, 'passed', 'pending, firing, notified'],
    ['no wait', { ...firing, ...notified }, 'failed', 'firing, notified'],
    ['a pager that heard without a fire', { ...pending, ...notified }, 'failed', 'pending, notified'],
    ['a pager that heard nothing', { ...pending, ...firing, summary: 'why' }, 'failed', 'pending, firing: why'],
    ['nothing at all', {}, 'failed', 'silent'],
  ])('fires by going pending, firing and reaching the pager: %s', (_, life, verdict, observed) => {
    expect(fired({ name: 'HighErrorRate', ...life })).toMatchObject({ verdict, observed });
  });

  it('resolves when the pager hears of it, and not when it only fired', () => {
    const over = { name: 'HighErrorRate', ...firing, resolvedAtMs: 10_000 };
    expect(resolved(over)).toMatchObject({ verdict: 'passed', observed: 'resolved 4000 ms after it fired' });
    const late = { ...over, resolvedAtMs: (over.firingAtMs ?? 0) + 17_594 };
    expect(resolved(late).observed).toBe('resolved 17.6 s after it fired');
    expect(resolved({ name: 'HighErrorRate', ...pending, ...firing, ...notified })).toMatchObject({
      verdict: 'failed',
      observed: 'not resolved',
    });
  });
});

describe('what an alert did while nobody looked', () => {
  const gap = { fromMs: 5_000, toMs: 9_000, reason: 'refused' };
  const alert: AlertFacts = { name: 'HighErrorRate', pendingAtMs: 1_000, gaps: [gap] };
  const unknown = (observed: string) => ({
    verdict: 'inconclusive',
    observed: `${observed}; nobody looked for 4000 ms: refused`,
  });

  it('is not known to have been nothing', () => {
    expect(fired({ name: 'HighErrorRate', gaps: [gap] })).toMatchObject(unknown('silent'));
    expect(fired(alert)).toMatchObject(unknown('pending'));
    expect(resolved({ ...alert, firingAtMs: 2_000, notifiedAtMs: 3_000 })).toMatchObject(unknown('not resolved'));
    expect(actionable({ name: 'HighErrorRate', gaps: [gap] }).verdict).toBe('inconclusive');
  });

  it('does not matter where everything was seen, nor for what comes after it', () => {
    const seen = { ...alert, firingAtMs: 10_000, notifiedAtMs: 11_000 };
    expect(fired(seen).verdict).toBe('passed');
    expect(resolved(seen)).toMatchObject({ verdict: 'failed', observed: 'not resolved' });
    expect(resolved({ ...seen, resolvedAtMs: 12_000 }).verdict).toBe('passed');
    expect(actionable(alert).verdict).toBe('failed');
  });
});

describe('silence', () => {
  const evidence = {
    alert: 'HighErrorRate',
    fired: false,
    samples: 40,
    compression: 12,
    peakOverThreshold: 0.8,
    pendingOverFor: 0,
    meanRatio: 0.04,
    gaps: [],
  };
  const gaps = [
    { fromMs: 0, toMs: 2_500, reason: 'a look took too long' },
    { fromMs: 5_000, toMs: 9_000, reason: 'refused' },
  ];

  it('is shown by data and somebody who looked', () => {
    expect(silent(evidence).verdict).toBe('passed');
    expect(silent({ ...evidence, fired: true }).verdict).toBe('failed');
    expect(silent({ ...evidence, fired: true, gaps }).verdict).toBe('failed');
  });

  it('is not shown without data, or while nobody looked', () => {
    expect(silent({ ...evidence, samples: 0 })).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringContaining('no samples'),
    });
    expect(silent({ ...evidence, gaps })).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringMatching(/; nobody looked for 4000 ms: refused$/),
    });
  });

  it('of a size of errors neither', () => {
    const size = { ratio: 0.04, tolerance: 0.01 };
    expect(sawErrors(evidence, size).verdict).toBe('passed');
    expect(sawErrors({ ...evidence, meanRatio: 0.02 }, size).verdict).toBe('failed');
    expect(sawErrors({ ...evidence, gaps }, size).verdict).toBe('inconclusive');
  });
});
