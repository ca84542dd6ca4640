import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { hook, type HookCall } from '../../contract/hooks';
import { poll } from '../../core/poll';
import { hookRunner } from './live-hooks';

const directory = mkdtempSync(join(tmpdir(), 'rollproof-hooks-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = hookRunner({ runDirectory: directory, directory });

const CALL: HookCall = {
  ...{ hook: 'before-start', rollout: 'rollout-1', service: 'orders', strategy: 'canary', weight: 0 },
  from: { label: 'orders-r1', image: 'me/orders:1', digest: 'sha256:1' },
  to: { label: 'orders-r2', image: 'me/orders:2', digest: 'sha256:2' },
};

const kept = (log: string | undefined) => readFileSync(join(directory, log ?? ''), 'utf8');

describe('a command as a hook', () => {
  it('passes with exit code 0, finds the call in its environment, and its output is kept', async () => {
    const end = await run(hook.parse('echo $ROLLPROOF_TO $ROLLPROOF_TO_DIGEST; pwd'), CALL);
    expect(end).toMatchObject({ lastLines: ['orders-r2 sha256:2', directory] });
    expect(end.failure).toBeUndefined();
    expect(kept(end.log)).toBe(`orders-r2 sha256:2\n${directory}\n`);
  });

  it('fails with another, and with what cannot be run', async () => {
    expect(await run(hook.parse('echo no >&2; exit 3'), CALL)).toMatchObject({
      failure: 'exit code 3',
      lastLines: ['no'],
    });
    const { failure } = await run(hook.parse({ command: ['./not-there'] }), CALL);
    expect(failure).toContain('cannot be run');
  });

  it('is ended with all that it started when it is late', async () => {
    const end = await run(hook.parse({ command: 'sleep 300 & echo $!; wait', timeoutMs: 300 }), CALL);
    expect(end.failure).toBe('did not end within 300 ms');
    const child = Number(end.lastLines[0]);
    await poll(() => (isRunning(child) ? undefined : true), { condition: 'the child has ended', timeoutMs: 5_000 });
  });

  it('is ended when the rollout is', async () => {
    const stop = new AbortController();
    const ended = run(hook.parse('sleep 300'), CALL, stop.signal);
    stop.abort(new Error('given up'));
    expect(await ended).toMatchObject({ failure: 'given up' });
  });
});

describe('a URL as a hook', () => {
  it('gets the call as JSON, passes with 2xx, fails with another status and when it does not answer', async () => {
    const calls: unknown[] = [];
    const server = createServer((request, response) => {
      if (request.url === '/silent') return;
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        calls.push([request.method, JSON.parse(body)]);
        response.writeHead(request.url === '/ok' ? 204 : 409).end(request.url === '/ok' ? '' : 'not now');
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect((await run(hook.parse(`${base}/ok`), CALL)).failure).toBeUndefined();
      expect(calls).toEqual([['POST', { ...CALL }]]);
      expect(await run(hook.parse(`${base}/no`), CALL)).toMatchObject({
        failure: 'status 409',
        lastLines: ['not now'],
      });
      const silent = await run(hook.parse({ url: `${base}/silent`, timeoutMs: 200 }), CALL);
      expect(silent.failure).toBe('did not answer within 200 ms');
    } finally {
      server.closeAllConnections();
      server.close();
    }
    expect((await run(hook.parse(`${base}/ok`), CALL)).failure).toContain('ECONNREFUSED');
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
