import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { poll } from '../../core/poll';
import { agentKind } from './kinds/list';
import { nftables } from './nftables';
import type { PacketRules, WantedRules } from './packet-rules';
import { Passage } from './passage';
import type { ProxyProcess } from './proxy-process';
import { runWithSpare } from './run';

const EDGE = 'a → b';
const destination = { address: '192.0.2.1', port: 9 };
const refuse = agentKind('refuse');
const spec = (id: string, leaseMs: number) => ({ id, kind: 'refuse', edge: EDGE, options: {}, seed: 's', leaseMs });

const proxy = {
  request: async () => [{ edge: EDGE, ...destination, listenPort: 4711 }],
} as Partial<ProxyProcess> as ProxyProcess;

/** Rules of a kernel that takes `busyMs` for each look at it. */
function rulesOf(leased: WantedRules[], busyMs: number): PacketRules {
  return {
    rung: 'nftables',
    install: async () => undefined,
    lease: async (wanted) => void leased.push(wanted),
    refused: async () => {
      await new Promise((resolve) => setTimeout(resolve, busyMs));
      return new Map();
    },
    remove: async () => undefined,
  };
}

async function passageOf(leased: WantedRules[], busyMs: number): Promise<Passage> {
  const passage = new Passage(rulesOf(leased, busyMs), proxy, 5_000);
  await passage.prepare({ edge: EDGE, destinations: [destination], takesOver: false });
  return passage;
}

describe('the lease of a fault that refuses', () => {
  it('counts from when it was asked for, however long the rules take, and so does what the proxy is told', async () => {
    const leased: WantedRules[] = [];
    const passage = await passageOf(leased, 60);
    const askedAtMs = performance.now();
    const left = passage.faultBegins(spec('one', 60_000), refuse);
    const startedBeforeMs = performance.now();
    const leftMs = await left;
    const [refusal] = leased.at(-1)?.refusals ?? [];
    expect(refusal?.listenPort).toBe(4711);
    expect(refusal?.endsAtMs).toBeGreaterThanOrEqual(askedAtMs + 60_000);
    expect(refusal?.endsAtMs).toBeLessThanOrEqual(startedBeforeMs + 60_000);
    expect(leftMs).toBeLessThanOrEqual(60_000 - 59);
  });

  it('keeps its end when the rules are renewed', async () => {
    const leased: WantedRules[] = [];
    const passage = await passageOf(leased, 0);
    await passage.faultBegins(spec('one', 60_000), refuse);
    const begun = leased.at(-1)?.refusals;
    await passage.renew();
    expect(leased.at(-1)?.refusals).toEqual(begun);
  });

  it('that is over before it began is an error, and nothing stays of the fault', async () => {
    const leased: WantedRules[] = [];
    const passage = await passageOf(leased, 30);
    await expect(passage.faultBegins(spec('one', 5), refuse)).rejects.toThrow(
      'its lease of 5 ms was over before it began',
    );
    expect(await passage.faultEnds('one', undefined)).toBeUndefined();
    expect(leased.flatMap(({ refusals }) => refusals)).toEqual([]);
  });
});

describe('nftables', () => {
  it('are told of a refusal once, of another end again, and renew all else each time', async () => {
    const texts: string[] = [];
    const rules = nftables('x', async (_, __, input = '') => {
      texts.push(input);
      return '';
    });
    const until = (endsAtMs: number) => ({
      ...{ redirects: [], stale: [] },
      refusals: [{ listenPort: 4711, endsAtMs }],
    });
    const endsAtMs = performance.now() + 60_000;
    await rules.lease(until(endsAtMs), 5_000);
    await rules.lease(until(endsAtMs), 5_000);
    await rules.lease(until(endsAtMs + 1), 5_000);
    await rules.lease({ redirects: [], refusals: [], stale: [] }, 5_000);
    expect(texts.map((text) => text.includes('flush set ip rollproof-x refused'))).toEqual([true, false, true, true]);
    expect(texts.map((text) => text.includes('refused { 4711'))).toEqual([true, false, true, false]);
    expect(texts.filter((text) => text.includes('flush map ip rollproof-x carried'))).toHaveLength(4);
  });
});

describe('a program with a spare', () => {
  it('has the next process there when one has ended, and uses each once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollproof-spare-'));
    const started = () => readdirSync(folder).length;
    const args = ['-c', `touch '${folder}'/$$; exec cat`];
    const run = runWithSpare('sh', args);
    for (const times of [1, 2]) {
      expect(await run('sh', args, `${times}`)).toBe(`${times}`);
      await poll(() => started() === times + 1 || undefined, { condition: 'the next one waits', timeoutMs: 10_000 });
    }
    rmSync(folder, { recursive: true });
  });

  it('fails with what it said, is there again afterwards, and leaves other programs alone', async () => {
    const failing = ['-c', 'read word; echo "no $word" >&2; [ "$word" = fine ]'];
    const run = runWithSpare('sh', failing);
    await expect(run('sh', failing, 'good\n')).rejects.toThrow('sh ended with 1: no good');
    await expect(run('sh', failing, 'fine\n')).resolves.toBe('');
    await expect(run('cat', [], 'other')).resolves.toBe('other');
    await expect(runWithSpare('no-such-program', [])('no-such-program', [])).rejects.toThrow('ENOENT');
  });
});
