import { mkdtempSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import { engine } from '../docker/client';
import { SCRAPE_INTERVAL_MS } from './compression';
import { compress, formatDuration } from './durations';
import { errorRate } from './kinds/error-rate';
import { RULE_FILE, ruleFileText } from './rule-file';
import { TEST_ALERT as ALERT, TEST_OPTIONS } from './testing/alert';
import { readSupply, supplied } from '../docker/supply';

const IMAGE = supplied(readSupply(), 'prometheus');

jest.setTimeout(60_000);

/** Healthy traffic before every episode, so that windows are full. */
const LEAD_S = 600;

interface Episode {
  readonly durationS: number;
  /** Share of requests that fail. */
  readonly ratio: number;
}

interface Case {
  readonly name: string;
  readonly service?: string;
  readonly requestsPerSecond?: number;
  /** What happens after the healthy lead; the last 15 min are healthy again. */
  readonly episodes: readonly Episode[];
  /** Seconds after the first episode's start → the alert's state then. */
  readonly expected: Readonly<Record<number, 'inactive' | 'pending' | 'firing'>>;
  /** Where the figures come from. Default: the front's traffic. */
  readonly source?: 'front' | 'front-probe' | 'services';
}

const everyMinute = (minutes: number, state: 'inactive') =>
  Object.fromEntries(Array.from({ length: minutes }, (_, index) => [index * 60, state]));

const CASES: readonly Case[] = [
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
  },
  {
    name: '10 % errors page after 345 s',
    episodes: [{ durationS: 900, ratio: 0.1 }],
    expected: { 30: 'inactive', 45: 'pending', 330: 'pending', 345: 'firing' },
  },
  {
    name: '6 % errors page after 360 s',
    episodes: [{ durationS: 900, ratio: 0.06 }],
    expected: { 45: 'inactive', 60: 'pending', 345: 'pending', 360: 'firing' },
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

/** Counters of a case, sampled every scrape: as many requests between two scrapes at every speed. */
function inputSeries(one: Case): { series: string; values: string }[] {
  const { service = 'orders', requestsPerSecond = 100, source = 'front' } = one;
  const phases = [{ durationS: LEAD_S, ratio: 0 }, ...one.episodes, { durationS: 900, ratio: 0 }];
  const good = [0];
  const bad = [0];
  const stepS = SCRAPE_INTERVAL_MS / 1_000;
  for (const { durationS, ratio } of phases) {
    for (let passedS = 0; passedS < durationS; passedS += stepS) {
      good.push((good.at(-1) ?? 0) + requestsPerSecond * stepS * (1 - ratio));
      bad.push((bad.at(-1) ?? 0) + requestsPerSecond * stepS * ratio);
    }
  }
  const text = (values: readonly number[]) => values.map((value) => value.toFixed(6)).join(' ');
  if (source === 'services') {
    const series = (status: number) =>
      `http_request_duration_seconds_count{job="services",service="${service}",status="${status}"}`;
    return [
      { series: series(201), values: text(good) },
      { series: series(503), values: text(bad) },
    ];
  }
  const proxy = source === 'front' ? 'traffic' : 'probe';
  const series = (code: string) =>
    `haproxy_frontend_http_responses_total{job="fronts",service="${service}",proxy="${proxy}",code="${code}"}`;
  return [
    { series: series('2xx'), values: text(good) },
    { series: series('5xx'), values: text(bad) },
  ];
}

/** promtool's test file: every case at `factor` times the speed. */
function testFile(factor: number): unknown {
  const at = (seconds: number) => formatDuration(compress(seconds * 1_000, factor));
  const interval = at(SCRAPE_INTERVAL_MS / 1_000);
  return {
    rule_files: [RULE_FILE],
    evaluation_interval: interval,
    tests: CASES.map((one) => ({
      name: one.name,
      interval,
      input_series: inputSeries(one),
      promql_expr_test: Object.entries(one.expected).flatMap(([afterS, state]) =>
        (['pending', 'firing'] as const).map((wanted) => ({
          expr: `count(ALERTS{alertname="HighErrorRate",alertstate="${wanted}"}) or vector(0)`,
          eval_time: at(LEAD_S + Number(afterS)),
          exp_samples: [{ labels: '{}', value: state === wanted ? 1 : 0 }],
        })),
      ),
      ...(one === CASES[0]
        ? {
            alert_rule_test: [
              {
                eval_time: at(LEAD_S + 315),
                alertname: 'HighErrorRate',
                exp_alerts: [
                  {
                    exp_labels: { service: 'orders', severity: 'page', owner: 'team-orders' },
                    exp_annotations: {
                      summary: `orders: 100% of requests fail (limit 5% for ${at(300)})`,
                      description: `orders: 100% of its requests were answered with 5xx over the last ${at(60)}; the limit is 5%, for ${at(300)}.`,
                      runbook_url: 'runbooks/high-error-rate.md',
                    },
                  },
                ],
              },
            ],
          }
        : {}),
    })),
  };
}

async function promtool(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; output: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'promtool-'));
  chmodSync(directory, 0o755);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: 0o644 });
  const stream = new PassThrough();
  let output = '';
  stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const [result] = (await engine().run(IMAGE, [...args], stream, {
    Entrypoint: ['/bin/promtool'],
    WorkingDir: '/rules',
    Tty: true,
    Labels: { 'rollproof.role': 'helper' },
    HostConfig: { AutoRemove: true, NetworkMode: 'none', Binds: [`${directory}:/rules:ro`] },
  })) as [{ StatusCode: number }];
  return { exitCode: result.StatusCode, output };
}

describe.each([1, 10, 30])('HighErrorRate at %d times the speed, in promtool', (factor) => {
  it('is a valid rule file', async () => {
    const result = await promtool(['check', 'rules', '--lint=all', '--lint-fatal', RULE_FILE], {
      [RULE_FILE]: ruleFileText([ALERT], factor),
    });
    expect(result).toMatchObject({ exitCode: 0, output: expect.stringContaining('4 rules found') });
  });

  it('fires, waits, resets and stays silent when it should', async () => {
    const files = { [RULE_FILE]: ruleFileText([ALERT], factor), 'tests.yml': stringify(testFile(factor)) };
    const result = await promtool(['test', 'rules', 'tests.yml'], files);
    expect(result).toMatchObject({ exitCode: 0, output: expect.stringContaining('SUCCESS') });
  });
});

describe('promtool', () => {
  it('notices a rule that pages too late', async () => {
    const late = errorRate({ ...TEST_OPTIONS, forMs: 315_000 });
    const files = { [RULE_FILE]: ruleFileText([late], 1), 'tests.yml': stringify(testFile(1)) };
    expect((await promtool(['test', 'rules', 'tests.yml'], files)).exitCode).not.toBe(0);
  });
});
