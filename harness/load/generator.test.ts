import { describe, expect, it, jest } from '@jest/globals';
import { after, sleep } from '../core/clock';
import type { RequestKind } from '../contract/config';
import type { WrongAnswer } from '../contract/wrong-answer';
import { poll } from '../core/poll';
import type { LoadSummary } from './counts';
import { Generator, type GeneratorOptions } from './generator';
import type { LedgerLine } from './ledger-line';
import { config } from './testing/loopback.config';
import { answer, startServer } from './testing/server';

// The tests wait for conditions; on a machine that others keep busy these take longer.
jest.setTimeout(30_000);

/** The stall is 500 ms; who came in its first 100 ms waited at least so long. */
const SLOW_MS = 400;

const one: Record<string, RequestKind> = { read: { weight: 1, build: () => ({ method: 'GET', path: '/' }) } };

interface Outcome {
  readonly summary: LoadSummary;
  readonly lines: LedgerLine[];
  readonly wrong: WrongAnswer[];
}

/** Runs until the bound on requests, and waits for their answers. */
async function run(
  baseUrl: string,
  options: Partial<GeneratorOptions> = {},
  requests: Readonly<Record<string, RequestKind>> = one,
  meanwhile: (generator: Generator) => Promise<void> = async () => undefined,
): Promise<Outcome> {
  const lines: LedgerLine[] = [];
  const wrong: WrongAnswer[] = [];
  const errors: unknown[] = [];
  const generator = new Generator(
    {
      id: 'load-t',
      baseUrl,
      ratePerSecond: 200,
      seed: 'seed',
      maxInFlight: 1_000,
      requestTimeoutMs: 20_000,
      idleTimeoutMs: 10_000,
      newConnectionShare: 0,
      maxDurationMs: 10_000,
      maxRequests: 20,
      ...options,
    },
    requests,
    {
      onEnd: (line) => lines.push(line),
      onWrong: (answer) => wrong.push(answer),
      onError: (error) => errors.push(error),
    },
  );
  await meanwhile(generator);
  await poll(() => (generator.summary().bound === undefined && errors.length === 0 ? undefined : true), {
    condition: 'the load has reached its bound',
    timeoutMs: 20_000,
    intervalMs: 5,
  });
  await generator.drain(20_000);
  if (errors.length > 0) throw errors[0];
  return { summary: generator.summary(), lines, wrong };
}

describe('Generator', () => {
  it.concurrent('sends exactly what the rate says, each at its moment', async () => {
    await using server = await startServer();
    const { summary, lines } = await run(server.baseUrl, { maxRequests: 10_000, maxDurationMs: 2_000 });
    expect(summary).toMatchObject({
      sent: 400,
      ok: 400,
      failed: 0,
      lost: 0,
      unsent: 0,
      inFlight: 0,
      bound: 'duration',
    });
    expect(server.seen).toHaveLength(400);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(400);
    const intended = lines.map(({ intendedAtMs }) => intendedAtMs).sort((a, b) => a - b);
    expect((intended[399] ?? 0) - (intended[0] ?? 0)).toBeCloseTo(399 * 5, 3);
  });

  it.concurrent('brings the share of the requests that is asked for by a connection each', async () => {
    const connectionsAt = async (newConnectionShare: number) => {
      const closed: boolean[] = [];
      await using server = await startServer((request, response) => {
        closed.push(request.headers.connection === 'close');
        answer(request, response);
      });
      await run(server.baseUrl, { maxRequests: 20, newConnectionShare });
      return closed.filter(Boolean).length;
    };
    expect(await connectionsAt(0)).toBe(0);
    expect(await connectionsAt(0.5)).toBe(10);
    expect(await connectionsAt(1)).toBe(20);
  });

  it.concurrent('does not hide a stall: who waited for it counts', async () => {
    const stalled: (() => void)[] = [];
    let stalling = true;
    const release = () => {
      stalling = false;
      for (const each of stalled) each();
    };
    await using server = await startServer((request, response) => {
      if (!stalling) return answer(request, response);
      if (stalled.length === 0) after(500, release);
      stalled.push(() => answer(request, response));
    });
    const { summary } = await run(server.baseUrl, { maxRequests: 200 });
    expect(summary).toMatchObject({ sent: 200, ok: 200 });
    expect(summary.latency.p99Ms).toBeGreaterThanOrEqual(SLOW_MS);
    expect(summary.latency.p50Ms).toBeGreaterThan(10);
  });

  it.concurrent('counts a 5xx as lost, unless the kind expects it', async () => {
    await using server = await startServer((_request, response) => void response.writeHead(503).end());
    const { summary, lines } = await run(server.baseUrl);
    expect(summary).toMatchObject({ ok: 0, failed: 0, lost: 20, reasons: { 'status 503': 20 } });
    expect(lines[0]).toMatchObject({ outcome: 'lost', status: 503, attempt: 1 });
    const asked = await run(server.baseUrl, {}, { read: { ...one['read']!, expectedStatuses: [503] } });
    expect(asked.summary).toMatchObject({ ok: 20, lost: 0, reasons: {} });
  });

  it.concurrent('counts an unexpected 404 as failed', async () => {
    await using server = await startServer((_request, response) => void response.writeHead(404).end());
    const { summary } = await run(server.baseUrl);
    expect(summary).toMatchObject({ ok: 0, failed: 20, lost: 0, reasons: { 'status 404': 20 } });
  });

  it.concurrent('counts a redirect as failed, unless the kind expects it', async () => {
    await using server = await startServer(
      (_request, response) => void response.writeHead(302, { location: '/login' }).end(),
    );
    const { summary, lines, wrong } = await run(server.baseUrl);
    expect(summary).toMatchObject({ ok: 0, failed: 20, lost: 0, reasons: { 'status 302': 20 } });
    expect(new Set(wrong)).toEqual(new Set(lines.map(({ id }) => ({ id, reason: 'status 302' }))));
    const asked = await run(server.baseUrl, {}, { read: { ...one['read']!, expectedStatuses: [302] } });
    expect(asked).toMatchObject({ summary: { ok: 20, failed: 0 }, wrong: [] });
  });

  it.concurrent('counts an answer that its check finds wrong as failed, with the reason, and tells of it', async () => {
    let bodies = 0;
    await using server = await startServer(
      (_request, response) => void response.end((bodies += 1) % 4 === 0 ? '' : '{"id":1}'),
    );
    const check: NonNullable<RequestKind['check']> = ({ body }, { path }) =>
      body === '' ? `empty body of ${path}` : undefined;
    const { summary, lines, wrong } = await run(server.baseUrl, {}, { read: { ...one['read']!, check } });
    expect(summary).toMatchObject({ ok: 15, failed: 5, lost: 0, reasons: { 'empty body of /': 5 } });
    const failed = lines.filter(({ outcome }) => outcome === 'failed');
    expect(failed).toHaveLength(5);
    expect(failed[0]).toMatchObject({ status: 200, error: 'empty body of /' });
    expect(new Set(wrong)).toEqual(new Set(failed.map(({ id, error }) => ({ id, reason: error }))));
  });

  it.concurrent('counts a refused connection as lost, and reconnects when the server is back', async () => {
    const server = await startServer();
    await server[Symbol.asyncDispose]();
    const { summary } = await run(server.baseUrl);
    expect(summary).toMatchObject({ ok: 0, lost: 20, reasons: { ECONNREFUSED: 20 }, latency: { samples: 0 } });

    await using other = await startServer();
    const { lines } = await run(other.baseUrl, { maxRequests: 100 }, one, async () => {
      await sleep(200);
      other.cutConnections();
    });
    expect(lines.at(-1)?.outcome).toBe('ok');
    expect(lines).toHaveLength(100);
  });

  it.concurrent('counts an answer that breaks off, and one that never ends, as lost', async () => {
    await using server = await startServer((request, response) => {
      response.writeHead(200, { 'content-length': 1_000 }).write('half');
      if (request.url === '/break') after(20, () => response.destroy());
    });
    const kind = (path: string): Record<string, RequestKind> => ({
      read: { weight: 1, build: () => ({ method: 'GET', path }) },
    });
    const broken = await run(server.baseUrl, { maxRequests: 5 }, kind('/break'));
    expect(broken.summary).toMatchObject({ lost: 5, reasons: { 'incomplete-body': 5 } });
    const endless = await run(server.baseUrl, { maxRequests: 5, requestTimeoutMs: 1_500 }, kind('/hang'));
    expect(endless.summary).toMatchObject({ lost: 5, reasons: { 'timed-out': 5 }, latency: { samples: 5 } });
    expect(endless.lines[0]).toMatchObject({ status: 200, error: 'timed-out' });
  });

  it.concurrent('counts what may not be sent as unsent', async () => {
    await using server = await startServer(() => undefined);
    const { summary } = await run(server.baseUrl, { maxInFlight: 8, requestTimeoutMs: 1_500 });
    expect(summary).toMatchObject({ sent: 8, lost: 8, unsent: 12 });
    expect(summary.lateShare).toBeCloseTo((12 + summary.late) / 20, 6);
  });

  it.concurrent('sends the same requests for the same seed, others for another', async () => {
    await using server = await startServer();
    const sequence = async (seed: string) => {
      const from = server.seen.length;
      await run(server.baseUrl, { seed, maxRequests: 50 }, config.load.requests);
      const numbered = server.seen.slice(from).map(({ method, path, requestId }) => ({ method, path, requestId }));
      return numbered.sort((a, b) => a.requestId.localeCompare(b.requestId));
    };
    const first = await sequence('one');
    expect(first).toHaveLength(50);
    expect(await sequence('one')).toEqual(first);
    expect(await sequence('two')).not.toEqual(first);
  });

  it.concurrent('keeps the key, and offers acknowledged ids to later requests', async () => {
    await using server = await startServer();
    let known: readonly string[] = [];
    const write: RequestKind = {
      weight: 1,
      build: ({ requestId, acknowledged }) => {
        known = [...acknowledged];
        return { method: 'POST', path: '/items', key: `key-${requestId}`, body: { a: 1 } };
      },
    };
    // The second request comes four seconds later: the first has been acknowledged by then, on a busy machine too.
    const { lines } = await run(server.baseUrl, { ratePerSecond: 0.25, maxRequests: 2 }, { write });
    expect(lines[0]).toMatchObject({ key: 'key-load-t-0', status: 201, outcome: 'ok' });
    expect(known).toEqual(['stored-load-t-0']);
  });

  it.concurrent('stops with an error when a request cannot be built', async () => {
    await using server = await startServer();
    const broken: Record<string, RequestKind> = {
      bad: {
        weight: 1,
        build: () => {
          throw new Error('no such thing');
        },
      },
    };
    await expect(run(server.baseUrl, {}, broken)).rejects.toMatchObject({ code: 'request-build-failed' });
  });

  // Last and alone: what runs beside it in this process would show as a stall.
  it('shows no stall where there is none', async () => {
    await using server = await startServer();
    const { summary } = await run(server.baseUrl, { maxRequests: 60 });
    expect(summary.latency.p50Ms).toBeLessThan(SLOW_MS);
  });
});
