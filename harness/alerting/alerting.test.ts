import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { compressionFactor } from './compression';
import { formatDuration, parseDuration } from './durations';
import { alertingFiles, ruleFileText } from './files';
import { alertmanagerConfig, prometheusConfig, prometheusFlags } from './prometheus-config';
import { alertEvidence, type AlertEpisode } from './scorecard';
import { errorRateRules } from './template';
import { TEST_ALERT as ALERT } from './testing/alert';

const DURATION = /\b\d+(?:ms|[smhd])\b/g;

describe('durations', () => {
  it('writes and reads what Prometheus understands', () => {
    for (const [durationMs, text] of [
      [300_000, '5m'],
      [90_000, '90s'],
      [1_500, '1500ms'],
      [7_200_000, '2h'],
    ] as const) {
      expect(formatDuration(durationMs)).toBe(text);
      expect(parseDuration(text)).toBe(durationMs);
    }
    expect(parseDuration('1m30s')).toBe(90_000);
  });

  it('refuses what is not a duration', () => {
    for (const text of ['', '5', 'five minutes', '1.5s', '-1m']) expect(() => parseDuration(text)).toThrow('duration');
  });
});

describe('compression', () => {
  it.each([
    [100, 10],
    [300, 30],
    [30, 3],
    [75, 6],
    [9, 1],
    [0, 1],
    [10_000, 30],
  ])('allows at %d requests per second %d times the speed', (ratePerSecond, factor) => {
    expect(compressionFactor({ ratePerSecond, windowMs: 60_000 }).factor).toBe(factor);
  });

  it('refuses more than the traffic carries, and says why', () => {
    expect(() => compressionFactor({ ratePerSecond: 100, windowMs: 60_000, requested: 12 })).toThrow(
      'cannot run the alert 12× faster: 100 requests/s over 60 s are 6000 a window; 600 must remain in a compressed one: up to 10×',
    );
  });

  it('takes a smaller factor that is asked for', () => {
    expect(compressionFactor({ ratePerSecond: 100, windowMs: 60_000, requested: 5 }).factor).toBe(5);
  });
});

describe('the rule template', () => {
  it.each([2, 10, 30])('differs from production in durations only, at %d times the speed', (factor) => {
    const production = JSON.stringify(errorRateRules(ALERT, 1));
    const twin = JSON.stringify(errorRateRules(ALERT, factor));
    expect(twin.replace(DURATION, 'D')).toBe(production.replace(DURATION, 'D'));
    const productionMs = production.match(DURATION)?.map(parseDuration);
    expect(productionMs).toHaveLength(10);
    expect(twin.match(DURATION)?.map((text) => parseDuration(text) * factor)).toEqual(productionMs);
  });

  it('would notice another difference', () => {
    const production = JSON.stringify(errorRateRules(ALERT, 1));
    const other = JSON.stringify(errorRateRules({ ...ALERT, threshold: 0.06 }, 10));
    expect(other.replace(DURATION, 'D')).not.toBe(production.replace(DURATION, 'D'));
  });

  it('gives a person what to act on, and no changing value in a label', () => {
    const rule = errorRateRules(ALERT, 1).groups[0]?.rules.find((candidate) => 'alert' in candidate);
    expect(rule).toMatchObject({
      for: '5m',
      keep_firing_for: '30s',
      labels: { severity: 'page', owner: 'team-orders' },
      annotations: {
        summary: '{{ $labels.service }}: {{ $value | humanizePercentage }} of requests fail (limit 5% for 5m)',
        runbook_url: 'runbooks/high-error-rate.md',
      },
    });
    expect(JSON.stringify((rule as { labels: unknown }).labels)).not.toContain('$value');
  });

  it('quotes what is special in a service name', () => {
    expect(JSON.parse(JSON.stringify(errorRateRules({ ...ALERT, services: ['a.b'] }, 1)))).toEqual(
      parse(ruleFileText({ ...ALERT, services: ['a.b'] }, 1)),
    );
    expect(ruleFileText({ ...ALERT, services: ['a.b'] }, 1)).toContain('service=~"a\\\\.b"');
  });
});

describe('the configurations', () => {
  const prometheus = {
    global: { scrape_interval: '15s', evaluation_interval: '15s', scrape_timeout: '10s' },
    scrape_configs: [
      { job_name: 'fronts', file_sd_configs: [{ files: ['x'] }] },
      { job_name: 'slow', scrape_interval: '1m' },
    ],
    rule_files: ['rules.yml'],
  };

  it('scales the intervals of Prometheus and leaves the rest', () => {
    expect(prometheusConfig(prometheus, 10)).toEqual({
      ...prometheus,
      global: { scrape_interval: '1500ms', evaluation_interval: '1500ms', scrape_timeout: '1s' },
      scrape_configs: [prometheus.scrape_configs[0], { job_name: 'slow', scrape_interval: '6s' }],
    });
    expect(prometheusConfig(prometheus, 1)).toBe(prometheus);
  });

  it('never scrapes more often than every 500 ms', () => {
    expect(prometheusConfig({ global: { scrape_interval: '5s' } }, 30)).toMatchObject({
      global: { scrape_interval: '500ms' },
    });
  });

  it("scales Alertmanager's waits, nested routes and defaults included", () => {
    const route = { receiver: 'pager', group_wait: '30s', routes: [{ group_interval: '2m' }] };
    expect(alertmanagerConfig({ route, receivers: [] }, 10)).toEqual({
      receivers: [],
      route: {
        receiver: 'pager',
        group_wait: '3s',
        group_interval: '6s',
        repeat_interval: '24m',
        routes: [{ group_interval: '12s' }],
      },
    });
  });

  it("scales Prometheus' flags", () => {
    expect(prometheusFlags(1)).toEqual({ lookbackDelta: '5m', resendDelay: '1m' });
    expect(prometheusFlags(10)).toEqual({ lookbackDelta: '30s', resendDelay: '6s' });
  });

  it('writes files that containers may read, and says where they are', async () => {
    const root = mkdtempSync(join(tmpdir(), 'alerting-'));
    const sourceConfigDir = join(root, 'source');
    await mkdir(join(sourceConfigDir, 'prometheus'), { recursive: true });
    await mkdir(join(sourceConfigDir, 'alertmanager'), { recursive: true });
    await writeFile(join(sourceConfigDir, 'prometheus', 'prometheus.yml'), JSON.stringify(prometheus));
    await writeFile(join(sourceConfigDir, 'alertmanager', 'alertmanager.yml'), 'route: { receiver: pager }\n');
    const outDir = join(root, 'out');
    const env = await alertingFiles({ alert: ALERT, factor: 10, outDir, sourceConfigDir });
    expect(env).toEqual({
      PROMETHEUS_CONFIG_DIR: join(outDir, 'prometheus'),
      PROMETHEUS_TARGETS_DIR: join(outDir, 'targets'),
      PROMETHEUS_LOOKBACK_DELTA: '30s',
      PROMETHEUS_RESEND_DELAY: '6s',
      ALERTMANAGER_CONFIG_DIR: join(outDir, 'alertmanager'),
    });
    expect(parse(readFileSync(join(outDir, 'prometheus', 'rules.yml'), 'utf8'))).toEqual(errorRateRules(ALERT, 10));
    expect(statSync(join(outDir, 'prometheus', 'rules.yml')).mode & 0o777).toBe(0o644);
    expect(statSync(join(outDir, 'targets')).mode & 0o777).toBe(0o755);
  });

  it('names the file that it cannot read', async () => {
    const root = mkdtempSync(join(tmpdir(), 'alerting-'));
    await expect(
      alertingFiles({ alert: ALERT, factor: 1, outDir: root, sourceConfigDir: join(root, 'nowhere') }),
    ).rejects.toMatchObject({ code: 'alerting-config-invalid' });
  });
});

describe('alert evidence', () => {
  const episode: AlertEpisode = { name: 'HighErrorRate', labels: {}, annotations: {}, pendingAtMs: 10_000 };
  const base = { name: 'HighErrorRate', alert: ALERT, factor: 10 };

  it('says how near a silent alert came', () => {
    expect(
      alertEvidence({
        ...base,
        ratios: [[0, Number.NaN, 0.2], [0.03]],
        episodes: [{ ...episode, lastPendingAtMs: 17_500 }],
      }),
    ).toEqual({
      alert: 'HighErrorRate',
      fired: false,
      peakOverThreshold: 4,
      pendingOverFor: 0.25,
      meanRatio: 0.1,
      compression: 10,
      samples: 3,
    });
  });

  it('says that it fired', () => {
    const evidence = alertEvidence({ ...base, ratios: [[1]], episodes: [{ ...episode, firingAtMs: 40_000 }] });
    expect(evidence).toMatchObject({ fired: true, pendingOverFor: 1 });
  });

  it('has no samples when there was nothing to measure', () => {
    expect(alertEvidence({ ...base, ratios: [[Number.NaN]], episodes: [] })).toMatchObject({
      samples: 0,
      fired: false,
    });
  });
});
