import { SCRAPE_INTERVAL_MS } from '../compression';
import { compress, formatDuration } from '../durations';
import { RULE_FILE } from '../rule-file';

/** Healthy traffic before every episode, so that windows are full. */
export const LEAD_S = 600;

/** Bad requests of the time before: a counter that begins at nothing is extrapolated otherwise, and no service has one for long. */
const BAD_BEFORE = 1_000_000;

/** Seconds after the first episode's start → the alert's state then. */
export type States = Readonly<Record<number, 'inactive' | 'pending' | 'firing'>>;

export interface Episode {
  readonly durationS: number;
  /** Share of the requests that are bad. */
  readonly ratio: number;
}

/** What happens to an alert's ratio, and what the alert does. */
export interface AlertCase {
  readonly name: string;
  /** Default `orders`. */
  readonly service?: string;
  /** Default 100. */
  readonly requestsPerSecond?: number;
  /** What happens after the healthy lead; the last 15 min are healthy again. */
  readonly episodes: readonly Episode[];
  /** In Prometheus 2, whose ranges have both their ends. */
  readonly expected: States;
  /** In Prometheus 3, whose ranges are without their left end; where it differs. */
  readonly expectedIn3?: States;
}

/** What every alert on a share of requests does, whatever its limit: in the first of them all are bad. */
export const WHATEVER_THE_LIMIT: readonly AlertCase[] = [
  {
    name: 'when every request is bad it pages after 315 s, and is over after the window and the hold',
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
    name: 'a blip of 60 s goes pending and never pages',
    episodes: [{ durationS: 60, ratio: 1 }],
    expected: { 60: 'pending', 105: 'pending', 120: 'inactive', 315: 'inactive', 600: 'inactive' },
    expectedIn3: { 90: 'pending', 105: 'inactive' },
  },
  {
    name: 'one bad request a minute at one request a minute is no page',
    requestsPerSecond: 1 / 60,
    episodes: [{ durationS: 1_800, ratio: 1 }],
    expected: everyMinute(35, 'inactive'),
  },
  {
    name: 'what happens to a service that users do not feel is no page',
    service: 'payments',
    episodes: [{ durationS: 900, ratio: 1 }],
    expected: everyMinute(15, 'inactive'),
  },
];

/** What a version of Prometheus is to make of a case. */
export function expectedIn(major: number, one: AlertCase): States {
  return major >= 3 ? { ...one.expected, ...one.expectedIn3 } : one.expected;
}

export function everyMinute(minutes: number, state: 'inactive'): States {
  return Object.fromEntries(Array.from({ length: minutes }, (_, index) => [index * 60, state]));
}

/** Counters of the good and of the bad requests, sampled every scrape: as many requests between two scrapes at every speed. */
export function counters({ requestsPerSecond = 100, episodes }: AlertCase): { good: number[]; bad: number[] } {
  const phases = [{ durationS: LEAD_S, ratio: 0 }, ...episodes, { durationS: 900, ratio: 0 }];
  const good = [0];
  const bad = [BAD_BEFORE];
  const stepS = SCRAPE_INTERVAL_MS / 1_000;
  for (const { durationS, ratio } of phases) {
    for (let passedS = 0; passedS < durationS; passedS += stepS) {
      good.push((good.at(-1) ?? 0) + requestsPerSecond * stepS * (1 - ratio));
      bad.push((bad.at(-1) ?? 0) + requestsPerSecond * stepS * ratio);
    }
  }
  return { good, bad };
}

/** A series as promtool reads it. */
export interface Series {
  readonly series: string;
  readonly values: string;
}

export function series(name: string, values: readonly number[]): Series {
  return { series: name, values: values.map((value) => value.toFixed(6)).join(' ') };
}

/** What is proved of an alert: its cases, and the series that they are made of. */
export interface AlertProof<C extends AlertCase = AlertCase> {
  readonly alert: string;
  readonly cases: readonly C[];
  readonly input: (one: C) => Series[];
}

/** Labels and annotations of the alert in the first case, so many seconds after its first episode's start. */
export interface Told {
  readonly afterS: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** promtool's test file: every case at `factor` times the speed. */
export function testFile<C extends AlertCase>(
  { alert, cases, input }: AlertProof<C>,
  options: { readonly factor: number; readonly major: number; readonly told?: Told },
): unknown {
  const { factor, major, told } = options;
  const at = (seconds: number) => formatDuration(compress(seconds * 1_000, factor));
  const interval = at(SCRAPE_INTERVAL_MS / 1_000);
  return {
    rule_files: [RULE_FILE],
    evaluation_interval: interval,
    tests: cases.map((one, index) => ({
      name: one.name,
      interval,
      input_series: input(one),
      promql_expr_test: Object.entries(expectedIn(major, one)).flatMap(([afterS, state]) =>
        (['pending', 'firing'] as const).map((wanted) => ({
          expr: `count(ALERTS{alertname="${alert}",alertstate="${wanted}"}) or vector(0)`,
          eval_time: at(LEAD_S + Number(afterS)),
          exp_samples: [{ labels: '{}', value: state === wanted ? 1 : 0 }],
        })),
      ),
      ...(index === 0 && told !== undefined
        ? {
            alert_rule_test: [
              {
                eval_time: at(LEAD_S + told.afterS),
                alertname: alert,
                exp_alerts: [{ exp_labels: told.labels, exp_annotations: told.annotations }],
              },
            ],
          }
        : {}),
    })),
  };
}
