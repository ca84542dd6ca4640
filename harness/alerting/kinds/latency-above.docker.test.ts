import { describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import { compress, formatDuration } from '../durations';
import { RULE_FILE, ruleFileText } from '../rule-file';
import { TEST_OPTIONS } from '../testing/alert';
import { counters, everyMinute, promtool, series, testFile, type AlertCase } from '../testing/promtool';
import { latencyAbove } from './latency-above';

jest.setTimeout(60_000);

const { above: _above, ...COMMON } = TEST_OPTIONS;
const OPTIONS = { ...COMMON, name: 'SlowAnswers', slowerThanMs: 1_000, above: 0.1 };

interface Case extends AlertCase {
  /** Who counts, and how the bound of a second is written. Default: a front, as HAProxy writes it. */
  readonly source?: 'front' | 'front in Prometheus 3' | 'services';
}

const CASES: readonly Case[] = [
  {
    name: 'when nothing is answered in time it pages after 315 s and is over after the window and the hold',
    episodes: [{ durationS: 600, ratio: 1 }],
    expected: { 0: 'inactive', 15: 'pending', 300: 'pending', 315: 'firing', 600: 'firing', 690: 'inactive' },
  },
  {
    name: '11 % slow answers page, when the window is full of them',
    episodes: [{ durationS: 900, ratio: 0.11 }],
    expected: { 45: 'inactive', 60: 'pending', 345: 'pending', 360: 'firing' },
  },
  {
    name: '9 % for an hour stay silent',
    episodes: [{ durationS: 3_600, ratio: 0.09 }],
    expected: everyMinute(65, 'inactive'),
  },
  {
    name: 'a blip of 60 s goes pending and never pages',
    episodes: [{ durationS: 60, ratio: 1 }],
    expected: { 60: 'pending', 120: 'inactive', 315: 'inactive', 600: 'inactive' },
  },
  {
    name: 'one slow request a minute at one request a minute is no page',
    requestsPerSecond: 1 / 60,
    episodes: [{ durationS: 1_800, ratio: 1 }],
    expected: everyMinute(35, 'inactive'),
  },
  {
    name: 'slow answers of a service that users do not feel are no page',
    service: 'payments',
    episodes: [{ durationS: 900, ratio: 1 }],
    expected: everyMinute(15, 'inactive'),
  },
  {
    name: "without fronts, the services' own histogram pages",
    source: 'services',
    episodes: [{ durationS: 900, ratio: 0.11 }],
    expected: { 0: 'inactive', 360: 'firing' },
  },
  {
    name: 'the bound is found as Prometheus 3 writes it',
    source: 'front in Prometheus 3',
    episodes: [{ durationS: 900, ratio: 0.09 }],
    expected: everyMinute(15, 'inactive'),
  },
];

function inputSeries(one: Case): { series: string; values: string }[] {
  const { service = 'orders', source = 'front' } = one;
  const { good, bad } = counters(one);
  const all = good.map((value, at) => value + (bad[at] ?? 0));
  const bound = source === 'front in Prometheus 3' ? '1.0' : '1';
  if (source === 'services') {
    const name = (suffix: string, label = '') =>
      `http_request_duration_seconds_${suffix}{job="services",service="${service}",status="200"${label}}`;
    return [series(name('count'), all), series(name('bucket', `,le="${bound}"`), good)];
  }
  const labels = `job="fronts",service="${service}"`;
  return [
    series(`rollproof_front_requests_total{${labels}}`, all),
    series(`rollproof_front_answer_seconds_bucket{${labels},le="${bound}"}`, good),
    // A neighbour that must not be taken for it.
    series(`rollproof_front_answer_seconds_bucket{${labels},le="10"}`, all),
  ];
}

function tests(factor: number): string {
  const at = (seconds: number) => formatDuration(compress(seconds * 1_000, factor));
  return stringify(
    testFile({
      alert: OPTIONS.name,
      factor,
      cases: CASES,
      input: inputSeries,
      told: {
        afterS: 315,
        labels: { service: 'orders', severity: 'page', owner: 'team-orders' },
        annotations: {
          summary: `orders: 100% of requests take longer than 1000 ms (limit 10% for ${at(300)})`,
          description: `orders: 100% of its requests were not answered within 1000 ms over the last ${at(60)}; the limit is 10%, for ${at(300)}.`,
          runbook_url: 'runbooks/high-error-rate.md',
        },
      },
    }),
  );
}

const check = (options: typeof OPTIONS, factor: number) =>
  promtool(['test', 'rules', 'tests.yml'], {
    [RULE_FILE]: ruleFileText([latencyAbove(options)], factor),
    'tests.yml': tests(factor),
  });

describe.each([1, 10, 30])('slow answers at %d times the speed, in promtool', (factor) => {
  it('are a valid rule file', async () => {
    const files = { [RULE_FILE]: ruleFileText([latencyAbove(OPTIONS)], factor) };
    const result = await promtool(['check', 'rules', '--lint=all', '--lint-fatal', RULE_FILE], files);
    expect(result).toMatchObject({ exitCode: 0, output: expect.stringContaining('4 rules found') });
  });

  it('page, wait and stay silent when they should', async () => {
    expect(await check(OPTIONS, factor)).toMatchObject({ exitCode: 0, output: expect.stringContaining('SUCCESS') });
  });
});

describe('promtool', () => {
  it.each([
    ['a limit that is too low', { ...OPTIONS, above: 0.085 }],
    ['a limit that is too high', { ...OPTIONS, above: 0.115 }],
    ['another bound', { ...OPTIONS, slowerThanMs: 10_000 }],
  ])('notices %s', async (_, options) => {
    expect((await check(options, 1)).exitCode).not.toBe(0);
  });
});
