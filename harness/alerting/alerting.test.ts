import type { AlertEpisode } from '../contract/alert-facts';
import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { compressionFactor } from './compression';
import { formatDuration, parseDuration } from './durations';
import { alertingFiles } from './files';
import { errorRate } from './kinds/error-rate';
import { alertmanagerConfig, prometheusConfig, prometheusFlags } from './prometheus-config';
import { alertEvidence } from './scorecard';
import { RULE_FILE, ruleFile, ruleFileText } from './rule-file';
import { TEST_ALERT as ALERT, TEST_OPTIONS as OPTIONS } from './testing/alert';

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
  const traffic = (ratePerSecond: number, windowMs = 60_000) => ({ name: 'A', ratePerSecond, windowMs });

  it.each([
    [100, 10],
    [300, 30],
    [30, 3],
    [75, 6],
    [9, 1],
    [0, 1],
    [10_000, 30],
  ])('allows at %d requests per second %d times the speed', (ratePerSecond, factor) => {
    expect(compressionFactor([traffic(ratePerSecond)]).factor).toBe(factor);
  });

  it('refuses more than the traffic carries, and says why', () => {
    expect(() => compressionFactor([traffic(100)], 12)).toThrow(
      'cannot run the alerts 12× faster: A: 100 requests/s over 60 s are 6000 a window; 600 must remain in a compressed one: up to 10×',
    );
  });

  it('takes a smaller factor that is asked for', () => {
    expect(compressionFactor([traffic(100)], 5).factor).toBe(5);
  });

  it('is the least that the traffic of all alerts allows, and leaves every interval whole', () => {
    const rare = { ...traffic(60), name: 'Rare' };
    expect(compressionFactor([traffic(100), rare])).toMatchObject({
      factor: 6,
      reason: expect.stringMatching(/^Rare: 60 requests/),
    });
    expect(compressionFactor([traffic(100), traffic(1_000, 90_000)]).factor).toBe(10);
    expect(compressionFactor([traffic(100), traffic(1_000, 75_000)]).factor).toBe(10);
    expect(compressionFactor([traffic(100), traffic(1_000, 62_500)]).factor).toBe(10);
    expect(compressionFactor([traffic(100), traffic(1_000, 61_111)]).factor).toBe(1);
    expect(compressionFactor([])).toEqual({ factor: 1, reason: 'no alert is configured' });
  });
});

describe('the rules of an error rate', () => {
  const rules = (options: Partial<typeof OPTIONS>, factor: number) =>
    ruleFile([errorRate({ ...OPTIONS, ...options })], factor);

  it.each([2, 10, 30])('differs from production in durations only, at %d times the speed', (factor) => {
    const production = JSON.stringify(rules({}, 1));
    const twin = JSON.stringify(rules({}, factor));
    expect(twin.replace(DURATION, 'D')).toBe(production.replace(DURATION, 'D'));
    const productionMs = production.match(DURATION)?.map(parseDuration);
    expect(productionMs).toHaveLength(10);
    expect(twin.match(DURATION)?.map((text) => parseDuration(text) * factor)).toEqual(productionMs);
  });

  it('would notice another difference', () => {
    const production = JSON.stringify(rules({}, 1));
    const other = JSON.stringify(rules({ above: 0.06 }, 10));
    expect(other.replace(DURATION, 'D')).not.toBe(production.replace(DURATION, 'D'));
  });

  it('gives a person what to act on, and no changing value in a label', () => {
    const rule = rules({}, 1).groups[0]?.rules.find((candidate) => 'alert' in candidate);
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
    const text = ruleFileText([errorRate({ ...OPTIONS, of: ['a.b'] })], 1);
    expect(parse(text)).toEqual(JSON.parse(JSON.stringify(rules({ of: ['a.b'] }, 1))));
    expect(text).toContain('service=~"a\\\\.b"');
  });

  it('refuses an option that it does not have, and a limit that is no share', () => {
    expect(() => errorRate({ ...OPTIONS, threshold: 0.05 } as never)).toThrow(
      'an alert (error-rate) is not understood',
    );
    expect(() => errorRate({ ...OPTIONS, above: 5 })).toThrow('above');
    expect(() => errorRate({ ...OPTIONS, of: [] })).toThrow('of');
  });

  it('records once what several alerts have in common', () => {
    const [one, other] = [ALERT, errorRate({ ...OPTIONS, name: 'ErrorsOfOrders', of: ['orders'], above: 0.2 })];
    const names = ruleFile([one, other], 1).groups[0]?.rules.map((rule) => ('record' in rule ? 'record' : rule.alert));
    expect(names).toEqual(['record', 'record', 'record', 'HighErrorRate', 'ErrorsOfOrders']);
    const elsewhere = { ...other, rules: () => [{ record: 'service:requests:increase1m', expr: 'vector(1)' }] };
    expect(() => ruleFile([one, elsewhere], 1)).toThrow('two kinds of alert record service:requests:increase1m');
  });
});

describe('the configurations', () => {
  const prometheus = {
    global: { scrape_interval: '15s', evaluation_interval: '15s', scrape_timeout: '10s' },
    scrape_configs: [
      { job_name: 'fronts', file_sd_configs: [{ files: ['x'] }] },
      { job_name: 'slow', scrape_interval: '1m' },
    ],
    rule_files: ['mine/*.yml', RULE_FILE],
  };

  it('scales the intervals of Prometheus and leaves the rest', () => {
    expect(prometheusConfig(prometheus, 10)).toEqual({
      ...prometheus,
      global: { scrape_interval: '1500ms', evaluation_interval: '1500ms', scrape_timeout: '1s' },
      scrape_configs: [prometheus.scrape_configs[0], { job_name: 'slow', scrape_interval: '6s' }],
    });
    expect(prometheusConfig(prometheus, 1)).toBe(prometheus);
  });

  it('loads our rules beside those that are named', () => {
    expect(prometheusConfig({ rule_files: ['mine.yml'] }, 1)).toEqual({ rule_files: ['mine.yml', RULE_FILE] });
    expect(prometheusConfig({}, 10)).toMatchObject({ rule_files: [RULE_FILE] });
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
    const env = await alertingFiles({ alerts: [ALERT], factor: 10, outDir, sourceConfigDir });
    expect(env).toEqual({
      PROMETHEUS_CONFIG_DIR: join(outDir, 'prometheus'),
      PROMETHEUS_TARGETS_DIR: join(outDir, 'targets'),
      PROMETHEUS_LOOKBACK_DELTA: '30s',
      PROMETHEUS_RESEND_DELAY: '6s',
      ALERTMANAGER_CONFIG_DIR: join(outDir, 'alertmanager'),
    });
    expect(parse(readFileSync(join(outDir, 'prometheus', RULE_FILE), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(ruleFile([ALERT], 10))),
    );
    expect(statSync(join(outDir, 'prometheus', RULE_FILE)).mode & 0o777).toBe(0o644);
    expect(statSync(join(outDir, 'targets')).mode & 0o777).toBe(0o755);
  });

  it("keeps the user's own rules, scrape configurations, targets, receivers and templates", async () => {
    const root = mkdtempSync(join(tmpdir(), 'alerting-'));
    const [source, outDir] = [join(root, 'source'), join(root, 'out')];
    const write = async (path: string, text: string) => {
      await mkdir(dirname(join(source, path)), { recursive: true });
      await writeFile(join(source, path), text, { mode: 0o600 });
    };
    const read = (path: string) => readFileSync(join(outDir, path), 'utf8');
    const job = { job_name: 'queue', static_configs: [{ targets: ['queue:9100'] }] };
    const alertmanager = {
      route: { receiver: 'pager', routes: [{ receiver: 'chat', group_wait: '1m' }] },
      receivers: [{ name: 'pager' }, { name: 'chat', webhook_configs: [{ url: 'http://chat/' }] }],
      templates: ['templates/*.tmpl'],
      inhibit_rules: [{ equal: ['service'] }],
    };
    await write(
      'prometheus/prometheus.yml',
      stringify({ rule_files: ['rules.yml', 'more/*.yml'], scrape_configs: [job] }),
    );
    await write('prometheus/rules.yml', 'groups: []\n');
    await write('prometheus/more/queue.yml', 'groups: [{ name: queue, rules: [] }]\n');
    await write('prometheus/targets/static.json', '[]');
    await write('prometheus/targets/services-queue.json', '[{}]');
    await write('alertmanager/alertmanager.yml', stringify(alertmanager));
    await write('alertmanager/templates/page.tmpl', '{{ define "page" }}{{ end }}');

    const options = { alerts: [ALERT], factor: 10, outDir, sourceConfigDir: source };
    await alertingFiles(options);
    expect(parse(read('prometheus/prometheus.yml'))).toMatchObject({
      rule_files: ['rules.yml', 'more/*.yml', RULE_FILE],
      scrape_configs: [job],
    });
    expect(read('prometheus/rules.yml')).toBe('groups: []\n');
    expect(read('prometheus/more/queue.yml')).toContain('queue');
    expect(read('targets/services-queue.json')).toBe('[{}]');
    expect(existsSync(join(outDir, 'targets', 'static.json'))).toBe(false);
    expect(read('alertmanager/templates/page.tmpl')).toContain('define');
    expect(statSync(join(outDir, 'alertmanager', 'templates', 'page.tmpl')).mode & 0o777).toBe(0o644);
    const { route, ...rest } = alertmanager;
    expect(parse(read('alertmanager/alertmanager.yml'))).toMatchObject({
      ...rest,
      route: { ...route, routes: [{ receiver: 'chat', group_wait: '6s' }] },
    });

    // What is no longer there is not loaded a second time.
    await rm(join(source, 'prometheus', 'more'), { recursive: true });
    await alertingFiles(options);
    expect(existsSync(join(outDir, 'prometheus', 'more'))).toBe(false);
  });

  it.each([
    ['one scrape', '15s', 15_000, false],
    ['less than two', '30s', 59_000, false],
    ['two', '30s', 60_000, true],
    ['four, where Prometheus says nothing', undefined, 60_000, true],
    ['less than two, where Prometheus says nothing', undefined, 29_000, false],
  ])(
    'take a window that holds two scrapes, and refuse one that could show nothing: %s',
    async (_, interval, windowMs, fits) => {
      const root = mkdtempSync(join(tmpdir(), 'alerting-'));
      for (const [folder, text] of [
        ['prometheus', stringify({ global: interval === undefined ? {} : { scrape_interval: interval } })],
        ['alertmanager', 'route: { receiver: pager }\n'],
      ] as const) {
        await mkdir(join(root, folder));
        await writeFile(join(root, folder, `${folder}.yml`), text);
      }
      const alerts = [errorRate({ ...OPTIONS, windowMs })];
      const written = alertingFiles({ alerts, factor: 1, outDir: join(root, 'out'), sourceConfigDir: root });
      if (fits) await written;
      else
        await expect(written).rejects.toMatchObject({ code: 'alerting-config-invalid', facts: { alert: ALERT.name } });
    },
  );

  it('names the file that it cannot read', async () => {
    const root = mkdtempSync(join(tmpdir(), 'alerting-'));
    await expect(
      alertingFiles({ alerts: [ALERT], factor: 1, outDir: root, sourceConfigDir: join(root, 'nowhere') }),
    ).rejects.toMatchObject({ code: 'alerting-config-invalid' });
  });
});

describe('alert evidence', () => {
  const episode: AlertEpisode = { name: 'HighErrorRate', labels: {}, annotations: {}, pendingAtMs: 10_000 };
  const base = { alert: ALERT, factor: 10 };

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
