import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GenericContainer } from 'testcontainers';
import { readSupply, supplied } from '../../docker/supply';
import { SCRAPE_INTERVAL_MS } from '../compression';
import { compress, formatDuration } from '../durations';
import { RULE_FILE } from '../rule-file';

// Its reaper comes from a registry only; what stands here is stopped by who started it.
process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';

const IMAGE = supplied(readSupply(), 'prometheus');

/** Healthy traffic before every episode, so that windows are full. */
export const LEAD_S = 600;

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
  /** Seconds after the first episode's start → the alert's state then. */
  readonly expected: Readonly<Record<number, 'inactive' | 'pending' | 'firing'>>;
}

export const everyMinute = (minutes: number, state: 'inactive') =>
  Object.fromEntries(Array.from({ length: minutes }, (_, index) => [index * 60, state]));

/** Counters of the good and of the bad requests, sampled every scrape: as many requests between two scrapes at every speed. */
export function counters({ requestsPerSecond = 100, episodes }: AlertCase): { good: number[]; bad: number[] } {
  const phases = [{ durationS: LEAD_S, ratio: 0 }, ...episodes, { durationS: 900, ratio: 0 }];
  const good = [0];
  const bad = [0];
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
export function series(name: string, values: readonly number[]): { series: string; values: string } {
  return { series: name, values: values.map((value) => value.toFixed(6)).join(' ') };
}

/** promtool's test file: every case at `factor` times the speed. */
export function testFile<C extends AlertCase>(options: {
  readonly alert: string;
  readonly factor: number;
  readonly cases: readonly C[];
  readonly input: (one: C) => { series: string; values: string }[];
  /** Labels and annotations of the alert in the first case, so many seconds after its first episode's start. */
  readonly told?: { readonly afterS: number; readonly labels: object; readonly annotations: object };
}): unknown {
  const { alert, factor, cases, input, told } = options;
  const at = (seconds: number) => formatDuration(compress(seconds * 1_000, factor));
  const interval = at(SCRAPE_INTERVAL_MS / 1_000);
  return {
    rule_files: [RULE_FILE],
    evaluation_interval: interval,
    tests: cases.map((one, index) => ({
      name: one.name,
      interval,
      input_series: input(one),
      promql_expr_test: Object.entries(one.expected).flatMap(([afterS, state]) =>
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

/** Runs promtool of the Prometheus that is supplied, in a folder with these files. */
export async function promtool(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; output: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'promtool-'));
  chmodSync(directory, 0o755);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: 0o644 });
  const container = await new GenericContainer(IMAGE)
    .withEntrypoint(['sleep'])
    .withCommand(['60'])
    .withNetworkMode('none')
    .withLabels({ 'rollproof.role': 'helper' })
    .withBindMounts([{ source: directory, target: '/rules', mode: 'ro' }])
    .start();
  try {
    const { exitCode, output } = await container.exec(['/bin/promtool', ...args], { workingDir: '/rules' });
    return { exitCode, output };
  } finally {
    await container.stop({ timeout: 0 });
  }
}
