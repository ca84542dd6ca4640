import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Upstream, type UpstreamOptions, type UpstreamRequest } from './upstream';

const READ: UpstreamRequest = { method: 'GET', path: '/', requestId: 'r-1' };
/** An answer comes long before, also on a busy machine. */
const PATIENT_MS = 30_000;
const open: { readonly server: Server; readonly upstream: Upstream }[] = [];

afterEach(async () => {
  for (const { server, upstream } of open.splice(0)) {
    server.closeAllConnections();
    server.close();
    await upstream.close();
  }
});

/** An upstream whose n-th call is answered by `answer(response, n)`. */
async function upstreamOf(
  answer: (response: ServerResponse, call: number) => void,
  options: Partial<UpstreamOptions> = {},
): Promise<{ readonly upstream: Upstream; readonly calls: () => number }> {
  let calls = 0;
  const server = createServer((_, response) => answer(response, (calls += 1)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const upstream = new Upstream({ name: 'bank', baseUrl, timeoutMs: PATIENT_MS, ...options });
  open.push({ server, upstream });
  return { upstream, calls: () => calls };
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end('{}');
  };

describe('upstream', () => {
  it('passes a 4xx on as an answer, without a second try', async () => {
    const { upstream, calls } = await upstreamOf(status(409));
    expect((await upstream.call(READ)).status).toBe(409);
    expect(calls()).toBe(1);
  });

  it('tries again when a connection breaks', async () => {
    const { upstream, calls } = await upstreamOf((response, call) => {
      if (call === 1) response.destroy();
      else response.end('{}');
    });
    expect((await upstream.call(READ)).status).toBe(200);
    expect(calls()).toBe(2);
  });

  it('tries again when a proxy has nobody to send it to', async () => {
    const { upstream, calls } = await upstreamOf((response, call) => status(call < 3 ? 503 : 200)(response));
    expect((await upstream.call(READ)).status).toBe(200);
    expect(calls()).toBe(3);
  });

  it.each([
    ['a 500', status(500), 502],
    ['a 503 of a service that has tried itself', status(503, { 'x-should-retry': 'false' }), 503],
    ['a 504', status(504), 504],
  ])('does not repeat %s', async (_, answer, expected) => {
    const { upstream, calls } = await upstreamOf(answer);
    await expect(upstream.call(READ)).rejects.toMatchObject({ status: expected });
    expect(calls()).toBe(1);
  });

  it('gives up on silence after its time limit, once', async () => {
    const { upstream, calls } = await upstreamOf(() => undefined, { timeoutMs: 200 });
    await expect(upstream.call(READ)).rejects.toMatchObject({ status: 504, kind: 'timeout' });
    expect(calls()).toBe(1);
  });

  it('answers 502 when nobody listens', async () => {
    const upstream = new Upstream({ name: 'bank', baseUrl: 'http://127.0.0.1:1', timeoutMs: PATIENT_MS });
    await expect(upstream.call(READ)).rejects.toMatchObject({ status: 502, kind: 'unreachable' });
    await upstream.close();
  });
});

describe('circuit breaker', () => {
  it('opens after failures in a row, refuses without a call, and says so', async () => {
    const changes: boolean[] = [];
    const { upstream, calls } = await upstreamOf(status(500), { breaker: true, onCircuit: (o) => changes.push(o) });
    for (let call = 0; call < 10; call += 1)
      await expect(upstream.call(READ)).rejects.toMatchObject({ kind: 'failed' });
    await expect(upstream.call(READ)).rejects.toMatchObject({ kind: 'refused', status: 503 });
    expect([calls(), changes]).toEqual([10, [true]]);
  });

  it('does not call a request refused whose first attempt was sent', async () => {
    const { upstream, calls } = await upstreamOf((response, call) => status(call < 10 ? 500 : 503)(response), {
      breaker: true,
    });
    for (let call = 1; call < 10; call += 1) await upstream.call(READ).catch(() => undefined);
    await expect(upstream.call(READ)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(calls()).toBe(10);
  });

  it('stays closed while half of the calls fail, or all are refused by the customer side', async () => {
    const half = await upstreamOf((response, call) => status(call % 2 === 0 ? 500 : 200)(response), { breaker: true });
    const rejecting = await upstreamOf(status(402), { breaker: true });
    for (let call = 0; call < 40; call += 1) {
      await half.upstream.call(READ).catch(() => undefined);
      await rejecting.upstream.call(READ);
    }
    expect([half.calls(), rejecting.calls()]).toEqual([40, 40]);
  });

  it('lets one call try after 2 s, and closes when that succeeds', async () => {
    const { upstream, calls } = await upstreamOf((response, call) => status(call <= 10 ? 500 : 200)(response), {
      breaker: true,
    });
    const openedAtMs = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(openedAtMs);
    try {
      for (let call = 0; call < 10; call += 1) await upstream.call(READ).catch(() => undefined);
      clock.mockReturnValue(openedAtMs + 1_900);
      await expect(upstream.call(READ)).rejects.toMatchObject({ kind: 'refused' });
      clock.mockReturnValue(openedAtMs + 2_000);
      expect([(await upstream.call(READ)).status, (await upstream.call(READ)).status]).toEqual([200, 200]);
    } finally {
      clock.mockRestore();
    }
    expect(calls()).toBe(12);
  });
});
