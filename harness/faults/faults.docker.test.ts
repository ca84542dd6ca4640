import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { JournalLine } from '../contract/observation';
import { MemoryJournal } from '../contract/journal';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { inspectContainer, listContainers, startContainer, stopContainer } from '../docker/containers';
import { killContainer } from '../docker/testing/kill-container';
import { execOnce } from '../docker/exec';
import { edge } from '../contract/config';
import { TARGET_LABEL } from './agent-container';
import { latency } from './kinds';
import { packetRulesOf } from './testing/packet-rules-of';
import { helperImage, Pair } from './testing/pair';

/** Starting containers takes its time, more so on a busy machine. */
jest.setTimeout(60_000);

const DELAY_MS = 500;

/** Time of one request from the caller's own container, ms; undefined when it failed. */
async function askFromCaller(pair: Pair, callerId = pair.callerId): Promise<number | undefined> {
  const address = await pair.calleeAddress();
  const code = `const t=performance.now();fetch('http://${address}:8080/').then(r=>r.text()).then(()=>console.log(performance.now()-t),()=>process.exit(3))`;
  const { exitCode, stdout } = await execOnce(callerId, ['node', '-e', code]);
  return exitCode === 0 ? Number(stdout) : undefined;
}

/** Waits for a request that is quicker than the fault lets any be: on a busy machine some are slow by themselves. */
async function awaitClear(pair: Pair): Promise<void> {
  await poll(async () => ((await askFromCaller(pair)) ?? Infinity) < DELAY_MS || undefined, {
    condition: 'the caller reaches the callee without delay',
    timeoutMs: 60_000,
  });
}

const states = (journal: MemoryJournal) =>
  journal.lines
    .filter((line): line is JournalLine & { type: 'fault' } => line.type === 'fault')
    .map(({ state }) => state);
const agents = (pair: Pair) => listContainers({ project: pair.project, role: 'agent' });

let pair: Pair;

beforeAll(async () => {
  pair = await Pair.start();
});

afterAll(async () => {
  await pair[Symbol.asyncDispose]();
});

describe('latency', () => {
  it('delays the edge, is proved, is reverted, and leaves nothing behind', async () => {
    const journal = new MemoryJournal();
    const injector = await pair.injector({ journal });
    await awaitClear(pair);

    const fault = await injector.inject(latency({ on: pair.edge, delayMs: DELAY_MS }));
    expect(fault.bite['addedMs']).toBeGreaterThan(DELAY_MS - 20);
    expect(await askFromCaller(pair)).toBeGreaterThan(DELAY_MS);

    await fault.revert();
    await fault.revert();
    await awaitClear(pair);
    expect(injector.active()).toEqual([]);
    expect(states(journal)).toEqual(['applied', 'proved', 'reverted']);

    await injector[Symbol.asyncDispose]();
    expect(await agents(pair)).toEqual([]);
    expect(await packetRulesOf(pair)).not.toMatch(/rollproof/i);
    expect(injector.failures()).toEqual([]);
  });

  it('adds up with another on the same edge, and each ends by itself', async () => {
    await using injector = await pair.injector({ journal: new MemoryJournal() });
    const first = await injector.inject(latency({ on: pair.edge, delayMs: DELAY_MS }));
    const second = await injector.inject(latency({ on: pair.edge, delayMs: DELAY_MS / 2 }));
    expect(await askFromCaller(pair)).toBeGreaterThan(1.5 * DELAY_MS);
    await first.revert();
    await poll(async () => ((await askFromCaller(pair)) ?? Infinity) < DELAY_MS || undefined, {
      condition: 'only the second fault delays',
      timeoutMs: 10_000,
    });
    expect(await askFromCaller(pair)).toBeGreaterThan(DELAY_MS / 2);
    await second.revert();
    expect(await first.felt()).toMatchObject({ felt: 1, of: 1, unit: 'answers' });
  });

  it('ends with its lease', async () => {
    const journal = new MemoryJournal();
    await using injector = await pair.injector({ journal });
    const fault = await injector.inject(latency({ on: pair.edge, delayMs: DELAY_MS, leaseMs: 15_000 }));
    await poll(() => fault.state === 'expired' || undefined, { condition: 'the lease has ended', timeoutMs: 60_000 });
    await awaitClear(pair);
    expect(states(journal)).toEqual(['applied', 'proved', 'expired']);
  });

  it('is an error without a target', async () => {
    const journal = new MemoryJournal();
    await using injector = await pair.injector({ journal, edges: [] });
    await expect(injector.inject(latency({ on: edge('nobody', 'callee'), delayMs: DELAY_MS }))).rejects.toMatchObject({
      code: 'fault-no-targets',
    });
    expect(injector.active()).toEqual([]);
  });

  it('follows callers that restart and that are new', async () => {
    const journal = new MemoryJournal();
    await using injector = await pair.injector({ journal });
    await injector.inject(latency({ on: pair.edge, delayMs: DELAY_MS }));
    const first = (await agents(pair))[0]?.id;

    await stopContainer(pair.callerId, 1);
    await startContainer(pair.callerId);
    const added = await pair.addCaller();
    await poll(
      async () => {
        const now = await agents(pair);
        const targets = now.map(({ labels }) => labels[TARGET_LABEL]);
        return targets.includes(added) && now.every(({ id }) => id !== first) && now.length === 2 ? true : undefined;
      },
      { condition: 'both callers have a new agent', timeoutMs: 60_000 },
    );
    for (const caller of [pair.callerId, added]) {
      await poll(async () => ((await askFromCaller(pair, caller)) ?? 0) > DELAY_MS || undefined, {
        condition: 'the fault reaches the caller',
        timeoutMs: 60_000,
      });
    }
    expect(injector.failures()).toEqual([]);
    await engine().getContainer(added).remove({ force: true });
  });
});

describe('the lease of the packet rules', () => {
  it('gives the path back when the agent is killed, and the injector says so', async () => {
    const journal = new MemoryJournal();
    await using injector = await pair.injector({ journal });
    const fault = await injector.inject(latency({ on: pair.edge, delayMs: DELAY_MS }));
    const agent = (await agents(pair))[0];
    await killContainer(agent?.id ?? '');
    // Until the rules' lease ends, 5 s, they lead to an agent that is no more.
    await awaitClear(pair);
    expect(fault.state).toBe('failed');
    expect(injector.failures().map(({ code }) => code)).toEqual(['agent-died']);
    expect(states(journal).at(-1)).toBe('failed');
    // The next fault gets a new agent: it is not to pay for the one that failed.
    const next = await injector.inject(latency({ on: pair.edge, delayMs: DELAY_MS }));
    expect((await agents(pair)).map(({ id }) => id)).not.toContain(agent?.id);
    expect(await askFromCaller(pair)).toBeGreaterThan(DELAY_MS);
    await next.revert();
    expect(injector.failures()).toHaveLength(1);
  });

  it('lets the agent leave by itself, rules first, when the heart-beats stop', async () => {
    const { startAgentContainer } = await import('./agent-container');
    const id = await startAgentContainer({
      project: pair.project,
      helperImage: helperImage(),
      targetId: pair.callerId,
      graceMs: 1_500,
    });
    expect(await packetRulesOf(pair)).toMatch(/rollproof/i);
    const ended = await poll(
      async () => {
        const info = await inspectContainer(id);
        return info?.state === 'exited' ? info : undefined;
      },
      { condition: 'the agent has left', timeoutMs: 60_000 },
    );
    expect(ended.exitCode).toBe(0);
    expect(await packetRulesOf(pair)).not.toMatch(/rollproof/i);
  });
});
