import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childExit, forkModule } from '../core/child';
import { sleep } from '../core/clock';
import { MemoryJournal } from '../contract/journal';
import { poll } from '../core/poll';
import type { WrongAnswer } from '../contract/wrong-answer';
import { badRequests, readLedger } from './ledger';
import type { LedgerLine } from './ledger-line';
import type { LoadOptions } from './contract';
import { openLoad } from './load';
import { startServer } from './testing/server';

// Processes are started here; on a machine that others keep busy that takes longer.
jest.setTimeout(30_000);

const configPath = join(__dirname, 'testing', 'loopback.config.ts');
const directory = mkdtempSync(join(tmpdir(), 'rollproof-load-'));
let ledgers = 0;
const newLedger = () => join(directory, 'ledger', `${ledgers++}.ndjson`);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function options(baseUrl: string, more: Partial<LoadOptions> = {}): LoadOptions {
  return {
    configPath,
    baseUrl,
    ratePerSecond: 200,
    seed: 's',
    ledgerPath: newLedger(),
    journal: new MemoryJournal(),
    ...more,
  };
}

async function linesOf(path: string): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  for await (const line of readLedger(path)) lines.push(line);
  return lines;
}

/** Every request was meant for the moment that the rate says. */
function expectRate(lines: readonly LedgerLine[], ratePerSecond: number): void {
  const intended = lines.map(({ intendedAtMs }) => intendedAtMs).sort((a, b) => a - b);
  // Wall times carry fractions of a microsecond at most.
  const gaps = intended.slice(1).map((atMs, index) => Number((atMs - (intended[index] ?? 0)).toFixed(2)));
  expect(gaps.length).toBeGreaterThan(0);
  expect(gaps).toEqual(gaps.map(() => 1_000 / ratePerSecond));
}

describe('openLoad', () => {
  it.concurrent('runs in its own process: steady, windows in the journal, a whole ledger', async () => {
    await using server = await startServer();
    const journal = new MemoryJournal();
    await using load = await openLoad(options(server.baseUrl, { journal }));
    await load.awaitSteady({ errorRatioMax: 0, holdMs: 500, timeoutMs: 20_000 });

    const summary = await load.stop();
    expect(await load.stop()).toBe(summary);
    expect(summary).toMatchObject({ load: load.id, failed: 0, lost: 0, unsent: 0, inFlight: 0 });
    expect(summary.sent).toBe(server.seen.length);
    expect(load.counts()).toMatchObject({ sent: summary.sent, ok: summary.ok });
    const lines = await linesOf(load.ledgerPath);
    expect(lines.map(({ id }) => id).sort()).toEqual(server.seen.map(({ requestId }) => requestId).sort());
    expectRate(lines, 200);
    const windows = journal.lines.filter((line) => line.type === 'load-window');
    expect(windows.reduce((total, { sent }) => total + sent, 0)).toBe(summary.sent);
    expect(await badRequests(load.ledgerPath)).toEqual([]);
  });

  it.concurrent('says what went wrong when the load does not become steady', async () => {
    await using server = await startServer((_request, response) => void response.writeHead(500).end());
    await using load = await openLoad(options(server.baseUrl));
    // A busy machine may take seconds to tell of the first requests: without news nobody could say what went wrong.
    await poll(() => (load.counts().lost > 0 ? true : undefined), {
      condition: 'a failure is known',
      timeoutMs: 30_000,
    });
    const unsteady = { errorRatioMax: 0.01, holdMs: 250, minRequests: 1, timeoutMs: 2_500 };
    await expect(load.awaitSteady(unsteady)).rejects.toMatchObject({
      code: 'load-not-steady',
      facts: { errorRatio: 1 },
    });
    const { lost } = await load.stop();
    expect(await badRequests(load.ledgerPath)).toHaveLength(Math.min(50, lost));
  });

  it.concurrent(
    'tells of wrong answers as they come, and says why when the load does not become steady for them',
    async () => {
      await using server = await startServer((_request, response) => void response.writeHead(302).end());
      const wrong: WrongAnswer[] = [];
      await using load = await openLoad(options(server.baseUrl, { onWrong: (answer) => wrong.push(answer) }));
      await poll(() => (wrong.length > 0 ? true : undefined), { condition: 'a wrong answer', timeoutMs: 30_000 });
      const unsteady = { errorRatioMax: 0.01, holdMs: 250, minRequests: 1, timeoutMs: 2_500 };
      await expect(load.awaitSteady(unsteady)).rejects.toThrow(/\(wrong so far: status 302: \d+\)/);
      const { failed } = await load.stop();
      const lines = await linesOf(load.ledgerPath);
      expect(wrong).toHaveLength(failed);
      expect(new Set(wrong.map(({ id }) => id))).toEqual(new Set(lines.map(({ id }) => id)));
    },
  );

  it.concurrent('blames nothing on a stack of which too little was seen', async () => {
    await using server = await startServer((_request, response) => void response.writeHead(500).end());
    await using load = await openLoad(options(server.baseUrl));
    const unseen = { errorRatioMax: 0, holdMs: 100, timeoutMs: 500, minRequests: 1_000_000 };
    await expect(load.awaitSteady(unseen)).rejects.toMatchObject({ code: 'load-unseen', kind: 'inconclusive' });
  });

  it.concurrent('reports a worker that died', async () => {
    await using server = await startServer();
    const load = await openLoad(options(server.baseUrl));
    await (load as unknown as { kill(): Promise<void> }).kill();
    await expect(load.stop()).rejects.toMatchObject({ code: 'load-worker-died' });
    await expect(load.awaitSteady({ errorRatioMax: 0, holdMs: 100, timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'load-worker-died',
    });
  });

  it.concurrent('ends with a whole ledger when the harness is killed', async () => {
    await using server = await startServer();
    const ledgerPath = newLedger();
    const parent = forkModule(join(__dirname, 'testing', 'orphan-parent'), [server.baseUrl, ledgerPath]);
    const exited = childExit(parent);
    await new Promise((resolve) => parent.once('message', resolve));
    await sleep(400);
    parent.kill('SIGKILL');
    await exited;
    const countNow = () => server.seen.length;
    let last = -1;
    await poll(() => (last === (last = countNow()) ? true : undefined), {
      condition: 'no more requests come',
      timeoutMs: 15_000,
      intervalMs: 150,
    });
    const ids = await poll(
      async () => {
        const lines = await linesOf(ledgerPath);
        return lines.length === countNow() ? lines.map(({ id }) => id) : undefined;
      },
      { condition: 'the ledger has every request', timeoutMs: 15_000 },
    );
    expect(ids.length).toBeGreaterThan(20);
    expect(new Set(ids)).toEqual(new Set(server.seen.map(({ requestId }) => requestId)));
  });

  it.concurrent('refuses a target that is not loopback, an impossible rate, and an unknown kind', async () => {
    await expect(openLoad(options('http://192.0.2.1:80'))).rejects.toMatchObject({ code: 'load-target-refused' });
    await expect(openLoad(options('http://localhost.evil.test'))).rejects.toMatchObject({
      code: 'load-target-refused',
    });
    await expect(openLoad(options('http://127.0.0.1:9', { ratePerSecond: 0 }))).rejects.toMatchObject({
      code: 'load-rate-invalid',
    });
    await expect(openLoad(options('http://127.0.0.1:9', { weights: { nothing: 1 } }))).rejects.toMatchObject({
      code: 'unknown-request-kind',
    });
  });
});

describe('readLedger', () => {
  it('drops a torn last line and refuses a torn one in between', async () => {
    const path = join(directory, 'torn.ndjson');
    writeFileSync(path, '{"id":"a"}\n{"id":"b"}\n{"id":');
    expect(await linesOf(path)).toHaveLength(2);
    writeFileSync(path, '{"id":"a"}\n{"id":\n{"id":"b"}\n');
    await expect(linesOf(path)).rejects.toMatchObject({ code: 'ledger-corrupt' });
  });
});
