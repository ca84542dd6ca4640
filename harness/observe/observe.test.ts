import { mkdtempSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Alertmanager } from './testing/alertmanager';
import { HealthReader } from './health';
import { LineDedupe } from '../docker/line-dedupe';
import { LogFile } from './log-file';
import { Pager } from './pager';
import { Prometheus } from './prometheus';
import { writeTargets } from './targets';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server that answers by path; a missing path is 404. */
async function answering(
  routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown>,
): Promise<string> {
  const server = createServer((request, response) => {
    const route = routes[`${request.method} ${(request.url ?? '').split('?')[0]}`];
    if (route === undefined) return response.writeHead(404).end('nothing here');
    const body = route(request, response);
    if (!response.writableEnded)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body ?? null));
    return undefined;
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const success = (data: unknown) => () => ({ status: 'success', data });

describe('a backend that is started again', () => {
  const route = { 'GET /api/v1/query': success({ resultType: 'vector', result: [] }) };

  it('is found where it is published then', async () => {
    const before = await answering(route);
    const after = await answering(route);
    let located = 0;
    const locate = async () => ((located += 1), after);
    const prometheus = new Prometheus({ url: before, locate });
    await prometheus.query('up');
    expect(located).toBe(0);
    const [first] = servers.splice(0, 1);
    first?.closeAllConnections();
    await new Promise((resolve) => first?.close(resolve));
    expect(await prometheus.query('up')).toEqual([]);
    expect(await prometheus.query('up')).toEqual([]);
    expect(located).toBe(1);
  });

  it('is not asked for twice where nobody answers, and says so', async () => {
    const gone = 'http://127.0.0.1:9';
    const prometheus = new Prometheus({ url: gone, locate: async () => gone });
    await expect(prometheus.query('up')).rejects.toMatchObject({
      code: 'observability-unreachable',
      message: expect.stringContaining(`${gone}/api/v1/query`),
    });
  });
});

describe('Prometheus', () => {
  it('reads vectors and matrices, with what PromQL calls not a number', async () => {
    const prometheus = new Prometheus(
      await answering({
        'GET /api/v1/query': success({ resultType: 'vector', result: [{ metric: { a: 'b' }, value: [1.5, 'NaN'] }] }),
        'GET /api/v1/query_range': success({
          resultType: 'matrix',
          result: [
            {
              metric: {},
              values: [
                [1, '0.5'],
                [2, '+Inf'],
              ],
            },
          ],
        }),
      }),
    );
    expect(await prometheus.query('x')).toEqual([{ labels: { a: 'b' }, atMs: 1_500, value: NaN }]);
    expect(await prometheus.queryRange('x', { startMs: 0, endMs: 2_000, stepMs: 1_000 })).toEqual([
      {
        labels: {},
        samples: [
          { atMs: 1_000, value: 0.5 },
          { atMs: 2_000, value: Infinity },
        ],
      },
    ]);
  });

  it('reads rules with their alerts', async () => {
    const alert = {
      labels: { alertname: 'HighErrorRate', service: 'orders' },
      annotations: { summary: 'orders: 12%' },
      state: 'pending',
      activeAt: '2026-11-23T03:15:00.123456789Z',
      value: '1.2e-01',
    };
    const rule = {
      name: 'HighErrorRate',
      health: 'ok',
      duration: 30,
      lastEvaluation: '2026-11-23T03:15:01Z',
      alerts: [alert],
    };
    const prometheus = new Prometheus(
      await answering({ 'GET /api/v1/rules': success({ groups: [{ rules: [rule] }] }) }),
    );
    expect(await prometheus.rules()).toEqual([
      {
        name: 'HighErrorRate',
        health: 'ok',
        forMs: 30_000,
        lastEvaluationMs: Date.parse('2026-11-23T03:15:01Z'),
        alerts: [
          {
            name: 'HighErrorRate',
            state: 'pending',
            labels: { service: 'orders' },
            annotations: { summary: 'orders: 12%' },
            value: 0.12,
            activeAtMs: Date.parse('2026-11-23T03:15:00.123Z'),
          },
        ],
      },
    ]);
  });

  it('says who does not answer, who answers badly, and with what', async () => {
    const baseUrl = await answering({
      'GET /api/v1/query': (_request, response) => response.writeHead(400).end('{"error":"parse error"}'),
      'GET /api/v1/alerts': success({ surprise: true }),
    });
    await expect(new Prometheus(baseUrl).query('sum(')).rejects.toMatchObject({
      code: 'observability-bad-answer',
      message: expect.stringContaining('parse error'),
    });
    await expect(new Prometheus(baseUrl).alerts()).rejects.toMatchObject({ code: 'observability-bad-answer' });
    await expect(new Prometheus('http://127.0.0.1:1').query('x')).rejects.toMatchObject({
      code: 'observability-unreachable',
    });
  });

  it('waits for samples, not for readiness', async () => {
    let asked = 0;
    const value = (request: IncomingMessage) => (request.url?.includes('count_over_time') === true ? (asked += 1) : 1);
    const prometheus = new Prometheus(
      await answering({
        'GET /api/v1/query': (request) =>
          success({ resultType: 'vector', result: [{ metric: {}, value: [1, String(value(request))] }] })(),
      }),
    );
    await prometheus.awaitScraping(3, { timeoutMs: 5_000 });
    expect(asked).toBe(3);
    await expect(prometheus.awaitScraping(3, { timeoutMs: 0, series: 2 })).rejects.toMatchObject({
      code: 'not-scraping',
    });
  });
});

describe('Alertmanager and the pager', () => {
  it('lists what is held', async () => {
    const held = {
      fingerprint: 'f1',
      labels: { alertname: 'HighErrorRate' },
      status: { state: 'active', silencedBy: [] },
      startsAt: '2026-11-23T03:15:00Z',
      endsAt: '2026-11-23T03:19:00Z',
    };
    const alertmanager = new Alertmanager(
      await answering({
        'GET /api/v2/alerts': () => [held],
        'GET /-/ready': (_request, response) => response.writeHead(503).end(),
      }),
    );
    expect(await alertmanager.alerts()).toMatchObject([{ fingerprint: 'f1', state: 'active' }]);
    expect(await alertmanager.ready()).toBe(false);
  });

  it('lists notifications one entry an alert', async () => {
    const pages = [
      {
        receivedAtMs: 1_000,
        notification: {
          status: 'firing',
          alerts: ['orders', 'gateway'].map((service) => ({
            status: 'firing',
            labels: { alertname: 'HighErrorRate', service },
            annotations: { summary: service },
            startsAt: '1970-01-01T00:00:00.500Z',
            endsAt: '0001-01-01T00:00:00Z',
            fingerprint: service,
          })),
        },
      },
    ];
    const pager = new Pager(await answering({ 'GET /alerts': () => pages }));
    expect(await pager.list()).toEqual([
      expect.objectContaining({
        receivedAtMs: 1_000,
        alert: 'HighErrorRate',
        labels: { service: 'orders' },
        startsAtMs: 500,
      }),
      expect.objectContaining({ labels: { service: 'gateway' }, fingerprint: 'gateway' }),
    ]);
  });
});

describe('discovery targets', () => {
  it('lists every front with both its pages, and every revision that says where its figures are', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'targets-'));
    await writeTargets({
      directory,
      managed: {
        orders: { port: 8080, readiness: '/readyz', metrics: '/metrics' },
        silent: { port: 8080, readiness: '/readyz' },
      },
      revisions: [
        { service: 'orders', label: 'orders-r1' },
        { service: 'silent', label: 'silent-r1' },
        { service: 'gone', label: 'gone-r1' },
      ],
    });
    const read = (name: string) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as unknown;
    const answers = { service: 'orders', instance: 'orders:8404/answers', __metrics_path__: '/answers' };
    expect(read('fronts.json')).toMatchObject([
      { targets: ['orders:8404'], labels: { service: 'orders' } },
      { targets: ['orders:8404'], labels: answers },
      { labels: { service: 'silent' } },
      { labels: { service: 'silent' } },
    ]);
    const labels = { service: 'orders', revision: 'orders-r1', __metrics_path__: '/metrics' };
    expect(read('services.json')).toEqual([{ targets: ['orders-r1:8080'], labels }]);
    expect(readdirSync(directory).sort()).toEqual(['fronts.json', 'services.json']);
    expect(statSync(join(directory, 'fronts.json')).mode & 0o777).toBe(0o644);
  });
});

describe('a log read in passes', () => {
  const line = (atMs: number, text: string) => ({ atMs, text, stream: 'stdout' as const });

  it('takes each line once across a broken stream, equal lines of one moment included', () => {
    const log = new LineDedupe();
    const lines = [line(1_000, 'a'), line(1_500, 'b'), line(1_500, 'b'), line(1_600, 'c')];
    expect(lines.slice(0, 2).filter(log.pass())).toHaveLength(2);
    expect(lines.filter(log.pass()).map(({ text }) => text)).toEqual(['b', 'c']);
    expect(lines.filter(log.pass())).toEqual([]);
  });

  it('takes a line that came out of order, before the last one seen', () => {
    const log = new LineDedupe();
    expect([line(5_000, 'late')].filter(log.pass())).toHaveLength(1);
    expect([line(4_990, 'earlier'), line(5_000, 'late')].filter(log.pass()).map(({ text }) => text)).toEqual([
      'earlier',
    ]);
  });

  it('remembers no more than the overlap', () => {
    const log = new LineDedupe();
    const lines = Array.from({ length: 10_000 }, (_, index) => line(index * 10, `line ${index}`));
    expect(lines.filter(log.pass())).toHaveLength(10_000);
    expect(lines.filter(log.pass())).toEqual([]);
    expect(log.sinceMs).toBe(99_990 - 2_000);
  });
});

describe('a log file', () => {
  it('keeps JSON parsed, and everything else as text', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'logs-')), 'orders-r1.ndjson');
    const file = new LogFile(path, 'orders-r1');
    for (const text of ['{"level":30,"msg":"hi"}', '{ torn', 'plain "text"', '']) {
      file.write('c1', { atMs: 1.5, text, stream: 'stdout' });
    }
    file.flush();
    file.flush();
    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as { line: unknown });
    expect(lines[0]).toEqual({
      at: 1.5,
      service: 'orders-r1',
      container: 'c1',
      stream: 'stdout',
      line: { level: 30, msg: 'hi' },
    });
    expect(lines.slice(1).map(({ line }) => line)).toEqual(['{ torn', 'plain "text"', '']);
  });
});

describe('health', () => {
  const event = (action: string, attributes: Record<string, string> = {}) => ({
    action,
    health: action === 'health_status' ? ('unhealthy' as const) : undefined,
    containerId: 'c1',
    attributes,
  });

  it('tells a stop from a death', () => {
    const reader = new HealthReader();
    const states = [
      event('start'),
      event('health_status'),
      event('kill', { signal: '15' }),
      event('kill', { signal: '9' }),
      event('die', { exitCode: '137' }),
      event('stop'),
      event('start'),
      event('kill', { signal: '9' }),
      event('die', { exitCode: '137' }),
      event('start'),
      event('die', { exitCode: '1' }),
    ].map((one) => reader.read(one));
    expect(states.filter((state) => state !== undefined)).toEqual([
      'started',
      'unhealthy',
      'stopped',
      'started',
      'died',
      'started',
      'died',
    ]);
  });
});
