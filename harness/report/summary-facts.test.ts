import { describe, expect, it } from '@jest/globals';
import type { RolloutResult } from '../contract/rollout-result';
import { NO_TRAFFIC } from '../contract/traffic-counts';
import { buildModel } from './model';
import { summarize } from './summary';
import { summaryFacts } from './summary-facts';
import { ACTS, recordedJournal } from './testing/recorded-run';

/** What `summary.json` says of a scenario, made from what a run has journalled. */
function factsOf(id: string): Record<string, unknown> {
  const { scenarios } = summarize(buildModel(recordedJournal(), 'run'));
  return scenarios.find((scenario) => scenario.id === id)?.facts ?? {};
}

describe('the facts in summary.json', () => {
  it('tell requests and a rollout by the names of the contract', () => {
    const { requests, rollout } = factsOf(ACTS.goodRelease);
    expect(requests).toMatchObject({ sent: expect.any(Number), ok: expect.any(Number), failed: 0, lost: 0 });
    expect(rollout).toMatchObject({ outcome: 'promoted', from: 'orders-r1', to: 'orders-r2' });
    expect(rollout).toHaveProperty('strategy');
  });

  it('have the switch of a rollback at the top, and none without a rollback', () => {
    expect(factsOf(ACTS.badRelease)).toHaveProperty('rollbackSwitchMs', 0);
    expect(factsOf(ACTS.goodRelease)).not.toHaveProperty('rollbackSwitchMs');
  });

  it('tell every moment of an alert in ISO 8601', () => {
    expect(factsOf(ACTS.deadDependency)['alerts']).toEqual([
      expect.objectContaining({
        name: 'HighErrorRate',
        pendingAt: '2026-11-26T15:57:48.365Z',
        firingAt: '2026-11-26T15:58:13.369Z',
        notifiedAt: '2026-11-26T15:58:15.881Z',
        resolvedAt: '2026-11-26T15:58:25.878Z',
        labels: { service: 'gateway', severity: 'page', owner: 'team-orders' },
      }),
    ]);
    expect(JSON.stringify(factsOf(ACTS.deadDependency)['alerts'])).not.toContain('AtMs');
  });

  it('leave out what did not happen to an alert', () => {
    const about = { name: 'HighErrorRate', labels: {}, annotations: {} };
    const brief = summaryFacts({ alerts: [{ ...about, pendingAtMs: Date.UTC(2026, 10, 26) }] }, []);
    const [alert] = brief['alerts'] as unknown[];
    expect(alert).toHaveProperty('pendingAt', '2026-11-26T00:00:00.000Z');
    for (const name of ['firingAt', 'notifiedAt', 'resolvedAt']) expect(alert).not.toHaveProperty(name);
  });
});

describe('summaryFacts', () => {
  const good: RolloutResult = {
    ...{ rollout: 'r', service: 'a', strategy: 'canary', outcome: 'promoted', from: 'a-r1', to: 'a-r2' },
    ...{ startedAtMs: 0, endedAtMs: 9, weightsReached: [100], judgements: 1 },
    samples: { from: NO_TRAFFIC, to: NO_TRAFFIC },
  };
  const bad = { ...good, outcome: 'rolled-back', cause: 'release-rejected' } as const;
  const [first, second] = [
    { ...bad, to: 'a-r3', switchMs: 12 },
    { ...bad, to: 'a-r4', switchMs: 3 },
  ];

  it('lists several rollouts, keeps the last one for itself, and takes the slowest switch', () => {
    expect(summaryFacts({}, [good, first, second])).toEqual({
      rollout: second,
      rollouts: [good, first, second],
      rollbackSwitchMs: 12,
    });
  });

  it('takes no switch of a rollout that was only held for a time, nor of a rollback that was paused', () => {
    const held = { ...first, outcome: 'held' } as const;
    const paused = { ...first, outcome: 'rollback-paused' } as const;
    expect(summaryFacts({}, [held, paused])).not.toHaveProperty('rollbackSwitchMs');
  });

  it('keeps all other facts as they are', () => {
    const other = { coldStart: true, exclusiveTimeMs: { 'a → b': { before: 1, after: 2 } }, readAtMs: 5 };
    expect(summaryFacts(other, [good])).toEqual({ ...other, rollout: good });
  });
});
