import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { alertingFiles } from '../alerting/files';
import { errorRate } from '../alerting/kinds/error-rate';
import { latencyAbove } from '../alerting/kinds/latency-above';
import { RULE_FILE } from '../alerting/rule-file';
import { TEST_OPTIONS } from '../alerting/testing/alert';
import { wallMs } from '../core/clock';
import { runAll } from '../core/errors';
import { FileJournal, MemoryJournal, readJournal } from '../contract/journal';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { removeContainer } from '../docker/containers';
import { LABEL } from '../docker/labels';
import { testProject } from '../docker/testing/test-projects';
import { AlertWatch } from './alert-watch';
import { Alertmanager } from './testing/alertmanager';
import { firingAlerts } from './firing-alerts';
import { HttpClient } from './http-client';
import { writeMetrics } from './metrics-writer';
import { Pager } from './pager';
import { Prometheus } from './prometheus';
import { writeTargets } from './targets';
import { readSupply, supplied } from '../docker/supply';

jest.setTimeout(120_000);

const FACTOR = 30;

const ALERT = errorRate({ ...TEST_OPTIONS, of: ['orders'] });
const { above: _above, ...COMMON } = TEST_OPTIONS;
const SLOW = latencyAbove({ ...COMMON, of: ['orders'], name: 'SlowAnswers', slowerThanMs: 1_000, above: 0.1 });
const ALERTS = [ALERT, SLOW];

/** A front's figures of 300 requests a second, of which a share fails (PUT /ratio) or is slow (PUT /slow); and a pager. */
const STAND_INS = `
  const http = require('node:http');
  const state = { ratio: 0, slow: 0, good: 0, bad: 0, all: 0, inTime: 0, at: performance.now() };
  const advance = () => {
    const now = performance.now();
    const answers = (300 * (now - state.at)) / 1000;
    state.good += answers * (1 - state.ratio);
    state.bad += answers * state.ratio;
    state.all += answers;
    state.inTime += answers * (1 - state.slow);
    state.at = now;
  };
  const pages = [];
  const body = async (request) => { let text = ''; for await (const chunk of request) text += chunk; return JSON.parse(text); };
  const line = (code, value) => 'haproxy_frontend_http_responses_total{proxy="traffic",code="' + code + '"} ' + Math.round(value) + '\\n';
  const handler = async (request, response) => {
    advance();
    if (request.url === '/metrics') return response.end('# TYPE haproxy_frontend_http_responses_total counter\\n' + line('2xx', state.good) + line('5xx', state.bad));
    if (request.url === '/answers') {
      const bucket = (le, value) => 'rollproof_front_answer_seconds_bucket{le="' + le + '"} ' + Math.round(value) + '\\n';
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      return response.end('rollproof_front_requests_total ' + Math.round(state.all) + '\\n# TYPE rollproof_front_answer_seconds histogram\\n' + bucket('1', state.inTime) + bucket('+Inf', state.all));
    }
    if (request.url === '/slow') { state.slow = await body(request); return response.end(); }
    if (request.url === '/ratio') { state.ratio = await body(request); return response.end(); }
    if (request.method === 'POST') { pages.push({ receivedAtMs: Date.now(), notification: await body(request) }); return response.end(); }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(pages));
  };
  http.createServer(handler).listen(8404);
  http.createServer(handler).listen(8080);
`;

const project = testProject('rp-alerting-test');
const containers: string[] = [];

/** Starts a container on the test's network, and returns the loopback address of its port. */
async function run(options: {
  readonly image: string;
  readonly name: string;
  readonly entrypoint: readonly string[];
  readonly port: number;
  readonly binds?: readonly string[];
}): Promise<string> {
  const { image, name, entrypoint, port, binds = [] } = options;
  const container = await engine().createContainer({
    Image: image,
    Entrypoint: [...entrypoint],
    Cmd: [],
    User: '65534:65534',
    Labels: { [LABEL.project]: project },
    ExposedPorts: { [`${port}/tcp`]: {} },
    HostConfig: {
      NetworkMode: project,
      Binds: [...binds],
      Tmpfs: { '/data': 'mode=0777' },
      PortBindings: { [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
    },
    NetworkingConfig: {
      EndpointsConfig: { [project]: { Aliases: name === 'stand-ins' ? ['orders', 'pager'] : [name] } },
    },
  });
  containers.push(container.id);
  await container.start();
  const { NetworkSettings } = await container.inspect();
  return `http://127.0.0.1:${NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort ?? ''}`;
}

const PROMETHEUS_YML = `
global: { scrape_interval: 15s, evaluation_interval: 15s }
rule_files: [${RULE_FILE}]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] }
scrape_configs: [{ job_name: fronts, file_sd_configs: [{ files: [/etc/prometheus-targets/fronts*.json] }] }]
`;

const ALERTMANAGER_YML = `
route: { receiver: pager, group_by: [alertname], group_wait: 30s, group_interval: 1m, repeat_interval: 4h }
receivers: [{ name: pager, webhook_configs: [{ url: 'http://pager:8080/alerts' }] }]
`;

describe('alerts through a live Prometheus and Alertmanager', () => {
  let prometheus: Prometheus;
  let alertmanager: Alertmanager;
  let pager: Pager;
  let exporter: HttpClient;

  beforeAll(async () => {
    const root = mkdtempSync(join(tmpdir(), 'alerting-live-'));
    for (const [folder, text] of [
      ['prometheus', PROMETHEUS_YML],
      ['alertmanager', ALERTMANAGER_YML],
    ] as const) {
      mkdirSync(join(root, 'source', folder), { recursive: true });
      writeFileSync(join(root, 'source', folder, `${folder}.yml`), text);
    }
    const env = await alertingFiles({
      alerts: ALERTS,
      factor: FACTOR,
      outDir: root,
      sourceConfigDir: join(root, 'source'),
    });
    await writeTargets({
      directory: env['PROMETHEUS_TARGETS_DIR'] ?? '',
      managed: { orders: { port: 8080, readiness: '/' } },
      revisions: [],
    });
    await engine().createNetwork({ Name: project, Labels: { [LABEL.project]: project } });
    const standIns = await run({
      image: supplied(readSupply(), 'node'),
      name: 'stand-ins',
      entrypoint: ['node', '-e', STAND_INS],
      port: 8080,
    });
    alertmanager = new Alertmanager(
      await run({
        image: supplied(readSupply(), 'alertmanager'),
        name: 'alertmanager',
        entrypoint: [
          '/bin/alertmanager',
          '--config.file=/etc/alertmanager/alertmanager.yml',
          '--storage.path=/data',
          '--cluster.listen-address=',
        ],
        port: 9093,
        binds: [`${env['ALERTMANAGER_CONFIG_DIR']}:/etc/alertmanager:ro`],
      }),
    );
    prometheus = new Prometheus(
      await run({
        image: supplied(readSupply(), 'prometheus'),
        name: 'prometheus',
        entrypoint: [
          '/bin/prometheus',
          '--config.file=/etc/prometheus/prometheus.yml',
          '--storage.tsdb.path=/data',
          `--query.lookback-delta=${env['PROMETHEUS_LOOKBACK_DELTA']}`,
          `--rules.alert.resend-delay=${env['PROMETHEUS_RESEND_DELAY']}`,
          '--web.enable-remote-write-receiver',
        ],
        port: 9090,
        binds: [
          `${env['PROMETHEUS_CONFIG_DIR']}:/etc/prometheus:ro`,
          `${env['PROMETHEUS_TARGETS_DIR']}:/etc/prometheus-targets:ro`,
        ],
      }),
    );
    pager = new Pager(standIns);
    exporter = new HttpClient('stand-ins', standIns);
    await poll(async () => ((await alertmanager.ready()) ? true : undefined), {
      condition: 'Alertmanager is ready',
      timeoutMs: 60_000,
    });
    await prometheus.awaitScraping(15, { timeoutMs: 60_000 });
  });

  afterAll(() =>
    runAll([...containers.map((id) => () => removeContainer(id)), () => engine().getNetwork(project).remove()]),
  );

  const setRatio = async (ratio: number) => {
    await exporter.send({ method: 'PUT', url: '/ratio', data: JSON.stringify(ratio) });
    return wallMs();
  };

  const watch = () => {
    const journal = new MemoryJournal();
    return { journal, watch: AlertWatch.start({ prometheus, pager, journal, alerts: ALERTS, factor: FACTOR }) };
  };

  /** The evaluations that took place and what they found, oldest first: a busy machine leaves some out. */
  const evaluations = async (startMs: number, endMs: number) => {
    const range = { startMs, endMs, stepMs: 100 };
    const [found] = await prometheus.queryRange(ALERT.measure, range);
    const [made] = await prometheus.queryRange(`timestamp(${ALERT.measure})`, range);
    const pairs = made?.samples.map(({ value }, at) => [Math.round(value * 1_000), found?.samples[at]?.value] as const);
    return [...new Map(pairs)].map(([atMs, ratio = Number.NaN]) => ({ atMs, ratio }));
  };

  it('stays silent at 4 % for twice its wait, and shows that it had data', async () => {
    const { journal, watch: alerts } = watch();
    await using _stop = alerts;
    const startMs = await setRatio(0.04);
    await poll(() => (wallMs() - startMs > (2 * ALERT.forMs) / FACTOR ? true : undefined), {
      condition: 'twice the wait has passed',
      timeoutMs: 60_000,
    });
    const evidence = await alerts.evidence(ALERT, { startMs: startMs + 3_000, endMs: wallMs() });
    await setRatio(0);
    expect(evidence).toMatchObject({ fired: false, pendingOverFor: 0 });
    expect(evidence.samples).toBeGreaterThan(20);
    expect(evidence.meanRatio).toBeCloseTo(0.04, 2);
    expect(evidence.peakOverThreshold).toBeGreaterThan(0.7);
    expect(journal.lines.map(({ type }) => type)).toEqual(['alert-evidence']);
  });

  it('goes pending when the limit is passed, fires after its wait, reaches the pager, and resolves', async () => {
    const { journal, watch: alerts } = watch();
    await using _stop = alerts;
    const startMs = await setRatio(0.1);
    const notified = await alerts.awaitStage('notified', { name: ALERT.name, sinceMs: startMs, timeoutMs: 60_000 });
    const held = await alertmanager.alerts();
    // What ends a rollout asks the rules themselves.
    expect(await firingAlerts(prometheus, [ALERT.name])).toEqual([{ name: ALERT.name, summary: expect.any(String) }]);
    expect(await firingAlerts(prometheus, [SLOW.name])).toEqual([]);
    const healedMs = await setRatio(0);
    const resolved = await alerts.awaitStage('resolved', { name: ALERT.name, sinceMs: startMs, timeoutMs: 60_000 });

    expect(held.map(({ labels }) => labels['alertname'])).toEqual(['HighErrorRate']);
    // Counted in evaluations and not in seconds: one that comes late is no fault of the rule.
    const all = await evaluations(startMs, healedMs);
    const over = all.find(({ ratio }) => ratio > ALERT.limit)?.atMs ?? Number.NaN;
    expect(notified.pendingAtMs).toBe(over);
    expect(held[0]?.startsAtMs).toBe(all.find(({ atMs }) => atMs >= over + ALERT.forMs / FACTOR)?.atMs);
    expect(notified.firingAtMs).toBeGreaterThanOrEqual(over + ALERT.forMs / FACTOR);
    expect(notified.labels).toEqual({ service: 'orders', severity: 'page', owner: 'team-orders' });
    expect(notified.summary).toMatch(/^orders: (9\.|10)[\d.]*% of requests fail \(limit 5% for 10s\)$/);
    expect(notified.annotations['runbook_url']).toBe('runbooks/high-error-rate.md');
    expect(resolved.resolvedAtMs).toBeGreaterThan(healedMs);
    expect(journal.lines.map((line) => (line.type === 'alert' ? line.state : line.type))).toEqual([
      'pending',
      'firing',
      'notified',
      'inactive',
      'resolved',
    ]);
    const happened = journal.lines.map((line) => (line.type === 'alert' ? line.happenedAtMs : undefined) ?? 0);
    expect(happened).toEqual([...happened].sort((a, b) => a - b));
    expect(await alerts.evidence(ALERT, { startMs, endMs: wallMs() })).toMatchObject({
      fired: true,
      pendingOverFor: 1,
    });
  });

  it('page for slow answers, and not for errors beside them', async () => {
    const { watch: alerts } = watch();
    await using _stop = alerts;
    const setSlow = (share: number) => exporter.send({ method: 'PUT', url: '/slow', data: JSON.stringify(share) });
    const startMs = wallMs();
    await setSlow(0.2);
    const notified = await alerts.awaitStage('notified', { name: SLOW.name, sinceMs: startMs, timeoutMs: 40_000 });
    await setSlow(0);
    await alerts.awaitStage('resolved', { name: SLOW.name, sinceMs: startMs, timeoutMs: 30_000 });
    expect(notified.summary).toMatch(
      /^orders: (1[5-9]|2[0-5])[\d.]*% of requests take longer than 1000 ms \(limit 10% for 10s\)$/,
    );
    const window = { startMs, endMs: wallMs() };
    expect(await alerts.evidence(SLOW, window)).toMatchObject({ alert: 'SlowAnswers', fired: true });
    expect(await alerts.evidence(ALERT, window)).toMatchObject({ alert: 'HighErrorRate', fired: false });
  });

  it("leave room for the harness' own figures, which Prometheus has during a run", async () => {
    using journal = new FileJournal(join(mkdtempSync(join(tmpdir(), 'metrics-')), 'journal.ndjson'));
    const end = writeMetrics({ prometheus, journal, labels: { job: 'rollproof', project } });
    const fault = { type: 'fault', fault: 'a', kind: 'latency', target: 'a → b', detail: {} } as const;
    const active = async () => (await prometheus.query(`rollproof_faults_active{project="${project}"}`))[0]?.value;
    journal.append({ ...fault, state: 'applied' });
    await poll(async () => ((await active()) === 1 ? true : undefined), {
      condition: 'Prometheus has the fault that is active',
      timeoutMs: 20_000,
    });
    journal.append({ ...fault, state: 'reverted' });
    await end();
    await poll(async () => ((await active()) === 0 ? true : undefined), {
      condition: 'Prometheus has that it is over',
      timeoutMs: 20_000,
    });
    expect(readJournal(journal.path).map(({ type }) => type)).toEqual(['fault', 'fault']);
  });
});
