import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import { poll } from '../core/poll';
import { holdExec } from '../docker/exec';
import type { Rung } from './agent/packet-rules';
import { latency, refuse } from './kinds';
import { packetRulesOf } from './testing/packet-rules-of';
import { Pair } from './testing/pair';
import { lackOf } from './testing/rungs';

/** Starting containers takes its time, more so on a busy machine. */
jest.setTimeout(90_000);

const DELAY_MS = 500;

/**
 * Keeps one connection from its start and asks over it, one request after the other; a connection that breaks is replaced. Prints how long
 * each answer took, and each error.
 */
const TALKER = `const http=require('node:http');
const agent=new http.Agent({keepAlive:true,maxSockets:1});
const ask=()=>{const t=performance.now();
  const again=()=>setTimeout(ask,20);
  http.get({host:process.argv[1],family:Number(process.argv[2]),port:8080,agent},(a)=>{a.resume();a.on('end',()=>{console.log(performance.now()-t);again()})})
    .on('error',(e)=>{console.log(e.code);again()})};
process.stdin.on('end',()=>process.exit()).resume();
ask();`;

/** A caller that talks before anybody looks. */
async function startTalker(pair: Pair, host: string, family: 4 | 6) {
  const lines: string[] = [];
  const talker = await holdExec(pair.callerId, ['node', '-e', TALKER, host, String(family)], {
    onLine: (line) => void lines.push(line.trim()),
  });
  const awaitLine = (condition: string, is: (line: string) => boolean) =>
    poll(() => lines.find(is), { condition, timeoutMs: 20_000 });
  await awaitLine('the caller has its connection', (line) => Number(line) > 0);
  return { talker, lines, awaitLine };
}

/** All packet rules of a caller, ours and others', without counters. */
async function rulesetOf(caller: Pair): Promise<string> {
  const rules = await packetRulesOf(caller);
  return rules.replace(/^#.*$/gm, '').replace(/\[\d+:\d+\]|packets \d+ bytes \d+/g, '');
}

let pair: Pair;

beforeAll(async () => {
  pair = await Pair.start();
});

afterAll(async () => {
  await pair[Symbol.asyncDispose]();
});

for (const packetRules of ['nftables', 'iptables'] as const) {
  const lack = lackOf(packetRules);
  if (lack === undefined) describe(`with the packet rules of ${packetRules}`, () => withRulesOf(packetRules));
  else
    describe.skip(`with the packet rules of ${packetRules}, which this kernel lacks: ${lack}`, () =>
      withRulesOf(packetRules));
}

function withRulesOf(packetRules: Rung): void {
  const start = () => pair.injector({ journal: new MemoryJournal(), edges: [], packetRules });

  it.each([
    ['an IPv4 socket', '', 4],
    ['an IPv6 socket, as a JVM does', '::ffff:', 6],
  ] as const)('a caller that keeps one connection from boot through %s feels a latency', async (_, prefix, family) => {
    const { talker, lines, awaitLine } = await startTalker(pair, `${prefix}${await pair.calleeAddress()}`, family);
    await using injector = await start();
    const fault = await injector.inject(latency({ on: pair.edge, delayMs: DELAY_MS }));
    await awaitLine('the caller waits for its answers', (line) => Number(line) > DELAY_MS);
    await fault.revert();
    await talker[Symbol.asyncDispose]();
    const slow = lines.filter((line) => Number(line) > DELAY_MS).length;
    const { felt, of } = await fault.felt();
    expect(felt).toBeGreaterThanOrEqual(slow);
    expect(felt).toBe(of);
    // It was reset once at most, and came again.
    expect(lines.filter((line) => Number.isNaN(Number(line))).join()).toMatch(/^(ECONNRESET)?$/);
    expect(injector.failures()).toEqual([]);
  });

  it('an edge that refuses is felt as a refusal, by new connections and by open ones, and counted', async () => {
    const { talker, lines, awaitLine } = await startTalker(pair, await pair.calleeAddress(), 4);
    await using injector = await start();
    const fault = await injector.inject(refuse({ on: pair.edge }));
    await awaitLine('the caller is refused', (line) => line === 'ECONNREFUSED');
    await fault.revert();
    const refused = lines.filter((line) => line === 'ECONNREFUSED').length;
    await awaitLine('it gets answers again', (line) => Number(line) > 0);
    await talker[Symbol.asyncDispose]();
    const { felt, of, unit } = await fault.felt();
    expect(unit).toBe('connections');
    expect(felt).toBeGreaterThanOrEqual(refused);
    expect(felt).toBe(of);
    expect(fault.bite).toMatchObject({ refused: 3 });
    await expect(injector.inject(refuse({ on: pair.edge, leaseMs: 60_000 }))).resolves.toBeDefined();
    await expect(injector.inject(latency({ on: pair.edge, delayMs: 50 }))).rejects.toMatchObject({
      code: 'fault-overlap',
    });
  });

  it('the rules of others stay as they were, byte for byte', async () => {
    const before = await rulesetOf(pair);
    {
      await using injector = await start();
      await using _fault = await injector.inject(refuse({ on: pair.edge }));
      expect(await rulesetOf(pair)).not.toBe(before);
    }
    expect(await rulesetOf(pair)).toBe(before);
  });
}
