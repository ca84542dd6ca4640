import { everyMinute, counters, series, type AlertCase, type AlertProof } from './alert-case';
import { TEST_OPTIONS } from './alert';

interface ErrorCase extends AlertCase {
  /** Where the figures come from. Default: the front's traffic. */
  readonly source?: 'front' | 'front-probe' | 'services';
}

const CASES: readonly ErrorCase[] = [
  {
    name: 'a full outage pages after 315 s and is over after the window and the hold',
    episodes: [{ durationS: 600, ratio: 1 }],
    expected: {
      0: 'inactive',
      15: 'pending',
      300: 'pending',
      315: 'firing',
      600: 'firing',
      675: 'firing',
      690: 'inactive',
    },
    expectedIn3: { 660: 'firing', 675: 'inactive' },
  },
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
    name: 'a blip of 60 s goes pending and never pages',
    episodes: [{ durationS: 60, ratio: 1 }],
    expected: { 60: 'pending', 105: 'pending', 120: 'inactive', 315: 'inactive', 600: 'inactive' },
    expectedIn3: { 90: 'pending', 105: 'inactive' },
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
    name: 'one error a minute at one request a minute is no page',
    requestsPerSecond: 1 / 60,
    episodes: [{ durationS: 1_800, ratio: 1 }],
    expected: everyMinute(35, 'inactive'),
  },
  {
    name: 'a quiet service that is wholly down pages',
    requestsPerSecond: 0.2,
    episodes: [{ durationS: 900, ratio: 1 }],
    expected: { 0: 'inactive', 360: 'firing' },
  },
  {
    name: 'errors of a service that users do not feel are no page',
    service: 'payments',
    episodes: [{ durationS: 900, ratio: 1 }],
    expected: everyMinute(15, 'inactive'),
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
