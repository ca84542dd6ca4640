import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import type { WrongAnswer } from '../contract/wrong-answer';
import { poll } from '../core/poll';
import { config } from '../load/testing/loopback.config';
import { startServer } from '../load/testing/server';
import type { LiveRun } from './live-run';
import { openLoadOn } from './running-load';

// A busy machine takes a while to start the load's own process.
jest.setTimeout(60_000);

it('tells the stack of wrong answers as they come, and names them when it has ended', async () => {
  await using server = await startServer((_request, response) => void response.writeHead(302).end());
  const { hostname: host, port } = new URL(server.baseUrl);
  const told: WrongAnswer[] = [];
  const stack = { endpoint: async () => ({ host, port }), takeWrong: (answer: WrongAnswer) => told.push(answer) };
  const path = join(__dirname, '..', 'load', 'testing', 'loopback.config.ts');
  const directory = mkdtempSync(join(tmpdir(), 'running-load-'));
  const live = {
    ...{ loaded: { config, path }, stack, journal: new MemoryJournal(), folder: { directory }, seed: 'seed' },
    ...{ ledgerPaths: [], signal: new AbortController().signal },
  };
  await using load = await openLoadOn(live as unknown as LiveRun, 'one', 1);
  await poll(() => (told.length > 0 ? true : undefined), { condition: 'a wrong answer', timeoutMs: 30_000 });
  await load.stop();
  const { failed, lost, reasons } = load.totals();
  expect([lost, reasons]).toEqual([0, { 'status 302': failed }]);
  expect(load.lostIds()).toEqual([]);
  expect(new Set(load.failedIds())).toEqual(new Set(told.map(({ id }) => id)));
  expect(told).toHaveLength(failed);
});
