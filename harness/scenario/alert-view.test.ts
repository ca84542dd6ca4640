import { describe, expect, it } from '@jest/globals';
import { errorRate } from '../alerting/kinds/error-rate';
import { latencyAbove } from '../alerting/kinds/latency-above';
import type { AlertEpisode } from '../contract/alert-facts';
import { TEST_OPTIONS } from '../alerting/testing/alert';
import type { WatchGap } from '../contract/watch-gap';
import { wallMs } from '../core/clock';
import { alertView, awaitQuietAlerts, type AlertRun } from './alert-view';

const { above: _above, ...COMMON } = TEST_OPTIONS;
const ERRORS = errorRate(TEST_OPTIONS);
const SLOW = latencyAbove({ ...COMMON, name: 'SlowAnswers', slowerThanMs: 500, above: 0.1, forMs: 600_000 });

function runWith(
  episodes: readonly AlertEpisode[],
  { alerts = [ERRORS, SLOW], gaps = [] as readonly WatchGap[] } = {},
): AlertRun {
  const watch = {
    episodes: ({ name }: { name: string }) => episodes.filter((episode) => episode.name === name),
    episodesSince: (_: number, name: string) => episodes.filter((episode) => episode.name === name),
    gaps: () => gaps,
    evidence: async (alert: { name: string }) => ({ alert: alert.name }),
  };
  return {
    plan: { compression: { factor: 10 }, alerts },
    signal: AbortSignal.timeout(200),
    stack: { services: { alerts: watch } },
  } as unknown as AlertRun;
}

const pending = (name: string): AlertEpisode => ({ name, labels: {}, annotations: {}, pendingAtMs: wallMs() });

describe('alerts as a scenario sees them', () => {
  it('are told apart, by name or by value', async () => {
    const alerts = alertView(runWith([pending('SlowAnswers')]));
    expect([alerts.forMs('HighErrorRate'), alerts.get(SLOW).forMs]).toEqual([30_000, 60_000]);
    expect(alerts.story(SLOW)).toMatchObject({ name: 'SlowAnswers', pendingAtMs: expect.any(Number) });
    expect(alerts.get('HighErrorRate').story()).toEqual({ name: 'HighErrorRate' });
    expect(await alerts.evidence(SLOW)).toMatchObject({ alert: 'SlowAnswers' });
    expect(alerts.stories().map(({ name }) => name)).toEqual(['SlowAnswers']);
  });

  it('tell when nobody looked', () => {
    const gaps = [{ fromMs: 1, toMs: 9_001, reason: 'refused' }];
    const alerts = alertView(runWith([pending('SlowAnswers')], { gaps }));
    expect(alerts.story('HighErrorRate')).toEqual({ name: 'HighErrorRate', gaps });
    expect(alerts.story(SLOW)).toMatchObject({ pendingAtMs: expect.any(Number), gaps });
  });

  it('are refused when the configuration has none of that name', () => {
    expect(() => alertView(runWith([])).get('SlowAnswer')).toThrow('the configuration has no alert SlowAnswer');
  });
});

describe('waiting for quiet', () => {
  it('waits for each alert of the configuration', async () => {
    await expect(awaitQuietAlerts(runWith([pending('SlowAnswers')]))).rejects.toBeDefined();
  });

  it("does not wait for an alert of the stack's own", async () => {
    await awaitQuietAlerts(runWith([pending('Watchdog')]));
  });
});
