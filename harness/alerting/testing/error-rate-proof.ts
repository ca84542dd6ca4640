import { everyMinute, counters, series, type AlertCase, type AlertProof, WHATEVER_THE_LIMIT } from './alert-case';
import { TEST_OPTIONS } from './alert';

interface ErrorCase extends AlertCase {
  /** Where the figures come from. Default: the front's traffic. */
  readonly source?: 'front' | 'front-probe' | 'services';
}

const CASES: readonly ErrorCase[] = [
  ...WHATEVER_THE_LIMIT,
  {
    name: '10 % errors page after 345 s',
    episodes: [{ durationS: 900, ratio: 0.1 }],
    expected: { 30: 'inactive', 45: 'pending', 330: 'pending', 345: 'firing' },
    expectedIn3: { 15: 'inactive', 30: 'pending', 315: 'pending', 330: 'firing' },
  },
  {
    name: '6 % errors page after 360 s',
    episodes: [{ durationS: 900, ratio: 0.06 }],
    expected: { 45: 'inactive', 60: 'pending', 345: 'pending', 360: 'firing' },
    expectedIn3: { 30: 'inactive', 45: 'pending', 330: 'pending', 345: 'firing' },
  },
  {
    name: '4 % errors for an hour stay silent',
    episodes: [{ durationS: 3_600, ratio: 0.04 }],
    expected: everyMinute(65, 'inactive'),
  },
  {
    name: 'a recovery resets the wait',
    episodes: [
      { durationS: 200, ratio: 1 },
      { durationS: 120, ratio: 0 },
      { durationS: 600, ratio: 1 },
    ],
    expected: { 195: 'pending', 300: 'inactive', 315: 'inactive', 345: 'pending', 615: 'pending', 645: 'firing' },
  },
  {
    name: 'a quiet service that is wholly down pages',
    requestsPerSecond: 0.2,
    episodes: [{ durationS: 900, ratio: 1 }],
    expected: { 0: 'inactive', 360: 'firing' },
  },
  {
    name: "the front's own probe answering 503 is no page",
    source: 'front-probe',
    episodes: [{ durationS: 900, ratio: 1 }],
    expected: everyMinute(15, 'inactive'),
  },
  {
    name: "without fronts, the services' own figures page",
    source: 'services',
    episodes: [{ durationS: 900, ratio: 0.1 }],
    expected: { 0: 'inactive', 345: 'firing' },
  },
];

/** What an error rate of {@link TEST_OPTIONS} does. */
export const ERROR_RATE: AlertProof<ErrorCase> = {
  alert: TEST_OPTIONS.name,
  cases: CASES,
  input: (one) => {
    const { service = 'orders', source = 'front' } = one;
    const { good, bad } = counters(one);
    if (source === 'services') {
      const name = (status: number) =>
        `http_request_duration_seconds_count{job="services",service="${service}",status="${status}"}`;
      return [series(name(201), good), series(name(503), bad)];
    }
    const proxy = source === 'front' ? 'traffic' : 'probe';
    const name = (code: string) =>
      `haproxy_frontend_http_responses_total{job="fronts",service="${service}",proxy="${proxy}",code="${code}"}`;
    return [series(name('2xx'), good), series(name('5xx'), bad)];
  },
};
