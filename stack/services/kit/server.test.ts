import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpError } from './http-error';
import type { Handler } from './server';
import { startService, type RunningService } from './service';
import { readSettings } from './settings';

const running: RunningService[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});

async function serve(options: {
  readonly routes?: Record<string, Handler>;
  readonly environment?: NodeJS.ProcessEnv;
  readonly isReady?: () => boolean;
}): Promise<{ readonly service: RunningService; readonly url: string }> {
  const environment = { SERVICE_NAME: 'test', PORT: '0', DRAIN_MS: '0', LOG_LEVEL: 'fatal', ...options.environment };
  const service = await startService(readSettings({}, environment), () => ({
    routes: options.routes ?? {},
    isReady: options.isReady ?? (() => true),
    bodyLimitBytes: 100,
  }));
  running.push(service);
  return { service, url: `http://127.0.0.1:${service.port}` };
}

const echo: Handler = (request) => ({ status: 200, body: request.json() });

describe('server', () => {
  it('answers, and passes the request id back', async () => {
    const { url } = await serve({ routes: { 'POST /echo': echo } });
    const response = await fetch(`${url}/echo?x=1`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'x-request-id': 'r-1' },
    });
    expect([response.status, response.headers.get('x-request-id'), await response.json()]).toEqual([
      200,
      'r-1',
      { a: 1 },
    ]);
  });

  it.each([
    ['bad JSON', '/echo', '{', 400, 'bad-json'],
    ['a body over the limit', '/echo', 'x'.repeat(101), 413, 'body-too-large'],
    ['an unknown route', '/nothing', '{}', 404, 'not-found'],
    ['a wrong method', '/get', '{}', 405, 'method-not-allowed'],
    ['a failing dependency', '/gone', '{}', 503, 'gone'],
    ['a surprise', '/surprise', '{}', 500, 'internal'],
  ])('answers %s with its status and code', async (_, path, body, status, code) => {
    const { url } = await serve({
      routes: {
        'POST /echo': echo,
        'GET /get': echo,
        'POST /gone': () => {
          throw new HttpError(503, 'gone', 'gone');
        },
        'POST /surprise': () => {
          throw new Error('a secret detail');
        },
      },
    });
    const response = await fetch(`${url}${path}`, { method: 'POST', body });
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ error: { code } });
    expect(text).not.toContain('secret');
    expect(response.headers.get('x-should-retry')).toBe(status >= 500 ? 'false' : null);
  });

  it('measures requests by pattern, not by path, and leaves health checks out', async () => {
    const { url } = await serve({ routes: { 'GET /orders/:id': () => ({ status: 200, body: {} }) } });
    await fetch(`${url}/orders/17`);
    await fetch(`${url}/unheard-of`);
    await fetch(`${url}/livez`);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('http_request_duration_seconds_count{route="/orders/:id",method="GET",status="200"} 1');
    expect(text).toContain('http_request_duration_seconds_count{route="unmatched",method="GET",status="404"} 1');
    expect(text).not.toContain('livez');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it('is alive but not ready while its own readiness is missing', async () => {
    let ready = false;
    const { url } = await serve({ isReady: () => ready });
    expect([(await fetch(`${url}/livez`)).status, (await fetch(`${url}/readyz`)).status]).toEqual([200, 503]);
    ready = true;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('with the defect never-ready works, but is never ready', async () => {
    const { url } = await serve({ routes: { 'POST /echo': echo }, environment: { SHOP_DEFECT: 'never-ready' } });
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/echo`, { method: 'POST', body: '1' })).status).toBe(200);
  });

  it('with the defect errors keeps its health checks green', async () => {
    const { url } = await serve({ routes: { 'POST /echo': echo }, environment: { SHOP_DEFECT: 'errors' } });
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const headers = { 'x-request-id': `r-${index}` };
        return (await fetch(`${url}/echo`, { method: 'POST', body: '1', headers })).status;
      }),
    );
    const failed = statuses.filter((status) => status === 500).length;
    expect(failed).toBeGreaterThan(15);
    expect(failed).toBeLessThan(80);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('with the defect empty-answers answers 200 with nothing, with cut-answers with half of it', async () => {
    const asked = async (name: string) => {
      const { url } = await serve({ routes: { 'POST /echo': echo }, environment: { SHOP_DEFECT: name } });
      return Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const headers = { 'x-request-id': `r-${index}` };
          const answer = await fetch(`${url}/echo`, { method: 'POST', body: '"whole"', headers });
          expect(answer.status).toBe(200);
          return answer.text().catch(() => 'cut');
        }),
      );
    };
    expect(new Set(await asked('empty-answers'))).toContain('');
    expect(new Set(await asked('cut-answers'))).toContain('cut');
    expect(new Set(await asked('good')).size).toBe(1);
  });
});

describe('stopping', () => {
  it('is unready at once, serves while draining, finishes what is in flight, then refuses', async () => {
    let finish = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const entered = Promise.withResolvers<void>();
    const slow: Handler = async () => {
      entered.resolve();
      await gate;
      return { status: 200, body: { done: true } };
    };
    const { service, url } = await serve({
      routes: { 'GET /slow': slow, 'GET /quick': () => ({ status: 200, body: {} }) },
      environment: { DRAIN_MS: '1000' },
    });
    const inFlight = fetch(`${url}/slow`);
    await entered.promise;
    let stopped = false;
    const stopping = service.stop().then(() => {
      stopped = true;
    });
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    const quick = await fetch(`${url}/quick`);
    expect([quick.status, quick.headers.get('connection')]).toEqual([200, 'close']);
    for (;;) {
      // Served until the drain is over, then refused.
      const answer = await fetch(`${url}/quick`).catch(() => undefined);
      if (answer === undefined) break;
      expect(answer.status).toBe(200);
      await sleep(20);
    }
    expect(stopped).toBe(false);
    finish();
    expect(await (await inFlight).json()).toEqual({ done: true });
    await stopping;
  });

  it('lets go of a connection that a caller keeps idle', async () => {
    const { service, url } = await serve({ routes: { 'GET /quick': () => ({ status: 200, body: {} }) } });
    await new Promise<void>((resolve, reject) => {
      httpRequest(`${url}/quick`, { headers: { connection: 'keep-alive' } }, (response) =>
        response.resume().on('end', resolve),
      )
        .on('error', reject)
        .end();
    });
    const startedAt = performance.now();
    await service.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('does not wait for a caller that has connected and never said a word', async () => {
    const { service } = await serve({});
    const silent = connect(service.port, '127.0.0.1');
    await new Promise<void>((resolve) => silent.once('connect', resolve));
    const startedAt = performance.now();
    await service.stop();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    silent.destroy();
  });
});
