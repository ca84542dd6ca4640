import { TEST_OPTIONS } from './alert';
import { counters, everyMinute, series, type AlertCase, type AlertProof, WHATEVER_THE_LIMIT } from './alert-case';

const { above: _above, ...COMMON } = TEST_OPTIONS;

/** More than a tenth of the answers takes longer than a second. */
export const SLOW_OPTIONS = { ...COMMON, name: 'SlowAnswers', slowerThanMs: 1_000, above: 0.1 };

interface SlowCase extends AlertCase {
  /** Who counts, and how the bound of a second is written. Default: a front, as HAProxy writes it. */
  readonly source?: 'front' | 'front in Prometheus 3' | 'services';
}

const CASES: readonly SlowCase[] = [
  ...WHATEVER_THE_LIMIT,
  {
    name: '11 % slow answers page, when the window is full of them',
    episodes: [{ durationS: 900, ratio: 0.11 }],
    expected: { 45: 'inactive', 60: 'pending', 345: 'pending', 360: 'firing' },
    expectedIn3: { 30: 'inactive', 45: 'pending', 330: 'pending', 345: 'firing' },
  },
  {
    name: '9 % for an hour stay silent',
    episodes: [{ durationS: 3_600, ratio: 0.09 }],
    expected: everyMinute(65, 'inactive'),
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

/** What slow answers of {@link SLOW_OPTIONS} do. */
export const SLOW_ANSWERS: AlertProof<SlowCase> = {
  alert: SLOW_OPTIONS.name,
  cases: CASES,
  input: (one) => {
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
  },
};
