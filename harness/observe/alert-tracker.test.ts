import { describe, expect, it } from '@jest/globals';
import { AlertTracker } from './alert-tracker';
import type { PagerNotification } from './pager';
import type { AlertingRuleState, RuleAlert } from './prometheus';

const LABELS = { service: 'orders', severity: 'page' };

function rule(lastEvaluationMs: number, ...alerts: Partial<RuleAlert>[]): AlertingRuleState {
  const base = { name: 'HighErrorRate', labels: LABELS, annotations: { summary: 'orders: 20%' }, value: 0.2 };
  return {
    name: 'HighErrorRate',
    health: 'ok',
    forMs: 30_000,
    lastEvaluationMs,
    alerts: alerts.map((alert) => ({ ...base, state: 'pending', activeAtMs: 1_000, ...alert })),
  };
}

function page(receivedAtMs: number, status: PagerNotification['status'], startsAtMs = 31_000): PagerNotification {
  const labels = { ...LABELS, cluster: 'added by Prometheus' };
  return { receivedAtMs, status, startsAtMs, alert: 'HighErrorRate', labels, annotations: {}, fingerprint: 'f' };
}

/** State and time of every change. */
function changes(tracker: AlertTracker, snapshots: [AlertingRuleState, PagerNotification[]][]) {
  return snapshots.flatMap(([state, pages]) =>
    tracker.observe([state], pages).map((change) => `${change.state} ${change.happenedAtMs}`),
  );
}

describe('the alert tracker', () => {
  it('tells the life of an alert in order, each step once', () => {
    const tracker = new AlertTracker(0);
    const firing = { state: 'firing', activeAtMs: 1_000 } as const;
    expect(
      changes(tracker, [
        [rule(500), []],
        [rule(1_000, {}), []],
        [rule(2_500, {}), []],
        [rule(31_000, firing), []],
        [rule(31_000, firing), []],
        [rule(35_500, firing), [page(34_000, 'firing')]],
        [rule(37_000, firing), [page(34_000, 'firing'), page(36_000, 'firing')]],
        [rule(50_500), [page(34_000, 'firing')]],
        [rule(58_000), [page(34_000, 'firing'), page(56_000, 'resolved')]],
        [rule(59_500), [page(34_000, 'firing'), page(56_000, 'resolved')]],
      ]),
    ).toEqual(['pending 1000', 'firing 31000', 'notified 34000', 'inactive 50500', 'resolved 56000']);
    expect(tracker.episodes).toMatchObject([
      { pendingAtMs: 1_000, firingAtMs: 31_000, notifiedAtMs: 34_000, resolvedAtMs: 56_000, value: 0.2 },
    ]);
  });

  it('keeps how long an alert was pending that never fired', () => {
    const tracker = new AlertTracker(0);
    expect(
      changes(tracker, [
        [rule(1_000, {}), []],
        [rule(10_000, {}), []],
        [rule(11_500), []],
      ]),
    ).toEqual(['pending 1000', 'inactive 11500']);
    expect(tracker.episodes[0]).toMatchObject({ pendingAtMs: 1_000, lastPendingAtMs: 10_000, inactiveAtMs: 11_500 });
    expect(tracker.episodes[0]).not.toHaveProperty('firingAtMs');
  });

  it('sees two episodes where an alert went and came back between two looks', () => {
    const tracker = new AlertTracker(0);
    expect(
      changes(tracker, [
        [rule(2_000, {}), []],
        [rule(9_500, { activeAtMs: 8_000 }), []],
      ]),
    ).toEqual(['pending 1000', 'inactive 8000', 'pending 8000']);
  });

  it('ignores what the pager heard before, and about others', () => {
    const tracker = new AlertTracker(32_000);
    const firing = { state: 'firing', activeAtMs: 1_000 } as const;
    const other = { ...page(34_000, 'firing'), labels: { ...LABELS, service: 'gateway' } };
    expect(changes(tracker, [[rule(31_000, firing), [page(31_900, 'firing', 900), other]]])).toEqual([
      'pending 1000',
      'firing 31000',
    ]);
  });

  it('never says that an alert fired before its rule allows', () => {
    const tracker = new AlertTracker(0);
    expect(changes(tracker, [[rule(29_500, { state: 'firing' }), []]])).toContain('firing 31000');
  });
});
