import { describe, expect, it } from '@jest/globals';
import { TEST_ALERT } from '../alerting/testing/alert';
import { wallMs } from '../core/clock';
import { MemoryJournal } from '../contract/journal';
import { poll } from '../core/poll';
import { AlertWatch } from './alert-watch';
import type { Pager } from './pager';
import type { AlertingRuleState, Prometheus, RangeSeries } from './prometheus';

/** The highest compression, for the shortest limit of a gap: 2 s. */
const FACTOR = 30;

interface Answers {
  rules: () => Promise<AlertingRuleState[]>;
  series?: () => Promise<RangeSeries[]>;
}

const QUIET: AlertingRuleState = {
  name: 'HighErrorRate',
  health: 'ok',
  forMs: 10_000,
  lastEvaluationMs: 1,
  alerts: [],
};
const dataOf = (samples: number): RangeSeries[] =>
  TEST_ALERT.of.map((service) => ({
    labels: { service },
    samples: Array.from({ length: samples }, (_, index) => ({ atMs: index, value: 0.01 })),
  }));
/** More than any window here should hold. */
const DATA = dataOf(1_000);
const refused = () => Promise.reject(new Error('Prometheus does not answer'));

function watch(answers: Answers, now: () => number = wallMs) {
  const journal = new MemoryJournal();
  const pager = { list: async () => [] } as unknown as Pager;
  const prometheus = {
    rules: () => answers.rules(),
    queryRange: () => (answers.series ?? (async () => DATA))(),
  } as unknown as Prometheus;
  return {
    journal,
    alerts: AlertWatch.start({ prometheus, pager, journal, alerts: [TEST_ALERT], factor: FACTOR, now }),
  };
}

/** A window that began before the watch did. */
const window = (lengthMs: number) => ({ startMs: wallMs() - lengthMs, endMs: wallMs() });

describe('evidence of silence', () => {
  it('has no gap while somebody looks, and one from the last look on when nobody can', async () => {
    const answers: Answers = { rules: async () => [QUIET] };
    const { alerts, journal } = watch(answers);
    await using _stop = alerts;
    const startMs = wallMs();
    expect((await alerts.evidence(TEST_ALERT, { startMs, endMs: wallMs() })).gaps).toEqual([]);
    answers.rules = refused;
    await poll(() => journal.lines.some(({ type }) => type === 'note') || undefined, {
      condition: 'the outage is noticed',
      timeoutMs: 5_000,
      intervalMs: 10,
    });
    const endMs = wallMs() + 5_000;
    expect((await alerts.evidence(TEST_ALERT, { startMs, endMs })).gaps).toMatchObject([
      { toMs: endMs, reason: 'Prometheus does not answer' },
    ]);
  });

  it.each([
    [
      'has a gap once Prometheus answers and no longer evaluates',
      () => 1,
      ['Prometheus answers, and has stopped evaluating the rules'],
    ],
    ['has no gap while Prometheus evaluates', (nowMs: number) => nowMs, []],
  ])('%s', async (_, evaluatedAt, reasons) => {
    let nowMs = 1_000;
    let looks = 0;
    const rules = async () => {
      nowMs += 700;
      looks += 1;
      return [{ ...QUIET, lastEvaluationMs: evaluatedAt(nowMs) }];
    };
    const { alerts } = watch({ rules }, () => nowMs);
    await poll(() => (looks > 4 ? true : undefined), { condition: 'five looks', timeoutMs: 10_000, intervalMs: 10 });
    await alerts.stop();
    const { gaps } = await alerts.evidence(TEST_ALERT, { startMs: 1_000, endMs: nowMs });
    expect(gaps.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('has a gap when a target was not scraped for more than half of the time', async () => {
    const answers: Answers = {
      rules: async () => [QUIET],
      series: async () => dataOf(20),
    };
    const { alerts } = watch(answers);
    await using _stop = alerts;
    const startMs = wallMs();
    // 20 samples of each service.
    const whole = { startMs, endMs: startMs + 10_000 };
    const reasons = async () => (await alerts.evidence(TEST_ALERT, whole)).gaps.map(({ reason }) => reason);
    expect(await reasons()).not.toContainEqual(expect.stringContaining('samples'));
    answers.series = async () => dataOf(9);
    for (const service of TEST_ALERT.of) {
      expect(await reasons()).toContain(`Prometheus has 9 of 20 samples of ${service}`);
    }
    // The others' data do not speak for the one that has none.
    const [missing = '', ...others] = TEST_ALERT.of;
    answers.series = async () => dataOf(20).filter(({ labels }) => others.includes(labels['service'] ?? ''));
    expect(await reasons()).toContain(`Prometheus has 0 of 20 samples of ${missing}`);
  });

  it('has a gap and no samples when Prometheus cannot be asked for its series', async () => {
    const { alerts } = watch({ rules: async () => [QUIET], series: refused });
    await using _stop = alerts;
    expect(await alerts.evidence(TEST_ALERT, window(5_000))).toMatchObject({
      samples: 0,
      fired: false,
      gaps: [{ reason: 'Prometheus does not answer' }],
    });
  });
});

describe('an alert that does not come', () => {
  it('has not been reached when somebody looked', async () => {
    const { alerts } = watch({ rules: async () => [QUIET] });
    await using _stop = alerts;
    const waiting = alerts.awaitStage('firing', { name: TEST_ALERT.name, sinceMs: wallMs(), timeoutMs: 20 });
    await expect(waiting).rejects.toMatchObject({ code: 'alert-not-reached' });
  });

  it('is not known to have stayed away when nobody could look', async () => {
    let nowMs = 1_000;
    const rules = () => {
      nowMs += 3_000;
      return refused();
    };
    const { alerts } = watch({ rules }, () => nowMs);
    await using _stop = alerts;
    const waiting = alerts.awaitStage('firing', { name: TEST_ALERT.name, sinceMs: 1_000, timeoutMs: 20 });
    await expect(waiting).rejects.toMatchObject({
      code: 'alert-not-watched',
      message: 'whether HighErrorRate is firing is not known: nobody looked for 3000 ms: Prometheus does not answer',
    });
  });
});
