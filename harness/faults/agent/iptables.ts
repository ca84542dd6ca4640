import { PROBE_UID, PROXY_UID, type PacketRules, type Redirect, type WantedRules } from './packet-rules.ts';
import type { Connection } from './connections.ts';
import type { Run } from './run.ts';

/** Every chain of ours starts with this. */
export const CHAIN_PREFIX = 'ROLLPROOF-';

/** Our chains, by what is in them; each is replaced by itself, which takes its counters away. */
export interface Chains {
  readonly redirect: string;
  readonly refuse: string;
  readonly stale: string;
}

export function chainsOf(agentId: string): Chains {
  const redirect = `${CHAIN_PREFIX}${agentId}`;
  return { redirect, refuse: `${redirect}-f`, stale: `${redirect}-s` };
}

/**
 * The last moment at which a leased rule matches, for `--datestop`: UTC, whole seconds. The kernel compares
 * seconds inclusively (`stamp > date_stop`), so a rule that stops at 12:00:04 still matches during that second.
 */
export function dateStop(nowMs: number, leaseMs: number): string {
  const lastSecond = Math.floor((nowMs + leaseMs) / 1_000) - 1;
  return new Date(lastSecond * 1_000).toISOString().slice(0, 19);
}

/** Input of `iptables-restore --noflush` that replaces the content of our chain at one stroke; it touches no other. */
export function redirectRules(chain: string, redirects: readonly Redirect[], stop: string): string {
  const rules = redirects.map(
    ({ edge, address, port, listenPort }) =>
      `-A ${chain} -d ${address}/32 -p tcp --dport ${port} -m owner ! --uid-owner ${PROXY_UID} -m time --datestop ${stop} ` +
      `-m comment --comment "rollproof ${commentText(edge)}" -j REDIRECT --to-ports ${listenPort}`,
  );
  return transaction('nat', [`:${chain} - [0:0]`, ...rules]);
}

/** Refuses new connections to ports of the proxy; of callers' the second rule of a port counts. They end with the redirect at the latest. */
export function refuseRules(chain: string, ports: readonly number[]): string {
  const rules = ports.flatMap((port) => {
    const refuse = (match: string) =>
      `-A ${chain} -d 127.0.0.1/32 -p tcp --dport ${port} --syn${match} -j REJECT --reject-with tcp-reset`;
    return [refuse(` -m owner --uid-owner ${PROBE_UID}`), refuse('')];
  });
  return transaction('filter', [`:${chain} - [0:0]`, ...rules]);
}

/** Resets connections that go past the proxy: only theirs still have the callee's address here. */
export function staleRules(chain: string, stale: readonly Connection[], stop: string): string {
  const rules = stale.map(
    ({ address, port, localPort }) =>
      `-A ${chain} -d ${address}/32 -p tcp --sport ${localPort} --dport ${port} -m time --datestop ${stop} -j REJECT --reject-with tcp-reset`,
  );
  return transaction('filter', [`:${chain} - [0:0]`, ...rules]);
}

/** Puts our chains into the way of outgoing connections. */
export function installJumps({ redirect, refuse, stale }: Chains): string {
  const put = (chain: string) => [`:${chain} - [0:0]`, `-A ${jump(chain)}`];
  return transaction('nat', put(redirect)) + transaction('filter', [...put(refuse), ...put(stale)]);
}

/** Takes one of our chains away. */
export function removeChain(table: Table, chain: string, hasJump: boolean): string {
  return transaction(table, [...(hasJump ? [`-D ${jump(chain)}`] : []), `-F ${chain}`, `-X ${chain}`]);
}

/** Our chains in the output of `iptables-save`, and whether each is in the way. */
export function ownChains(saved: string): { readonly chain: string; readonly hasJump: boolean }[] {
  const lines = saved.split('\n');
  return lines
    .map((line) => /^:(ROLLPROOF-\S+) /.exec(line)?.[1])
    .filter((chain) => chain !== undefined)
    .map((chain) => ({
      chain,
      hasJump: lines.some((line) => line.startsWith('-A OUTPUT ') && line.endsWith(`-j ${chain}`)),
    }));
}

/** Packets of callers by port, from `iptables-save --counters`. */
export function readRefused(chain: string, saved: string): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of saved.split('\n')) {
    const [, packets, rule = ''] = /^\[(\d+):\d+\] (-A .*)$/.exec(line) ?? [];
    const port = /--dport (\d+) /.exec(rule)?.[1];
    if (port !== undefined && rule.startsWith(`-A ${chain} `) && !rule.includes('--uid-owner')) {
      counts.set(Number(port), Number(packets));
    }
  }
  return counts;
}

/** Leases that end at whole seconds of wall time; for kernels that have no nftables sets. */
export function iptables(agentId: string, run: Run, now: () => number = Date.now): PacketRules {
  const chains = chainsOf(agentId);
  const restore = async (input: string) => void (await run('iptables-restore', ['--noflush', '--wait', '5'], input));
  const remove = async (isOurs: (chain: string) => boolean) => {
    for (const table of ['nat', 'filter'] as const) {
      for (const { chain, hasJump } of ownChains(await run('iptables-save', ['-t', table]))) {
        if (isOurs(chain)) await restore(removeChain(table, chain, hasJump));
      }
    }
  };
  const refused = async () => readRefused(chains.refuse, await run('iptables-save', ['--counters', '-t', 'filter']));
  /** What chains counted that have been replaced since. */
  const earlier = new Map<number, number>();
  let ports = '';
  const changeRefusals = async ({ refusals }: WantedRules) => {
    const wanted = refusals.map(({ listenPort }) => listenPort);
    if (wanted.join() === ports) return;
    // Out of the way first: what a rule counts after it was read is lost.
    if (ports !== '') await restore(transaction('filter', [`-D ${jump(chains.refuse)}`]));
    for (const [port, count] of await refused()) earlier.set(port, (earlier.get(port) ?? 0) + count);
    await restore(refuseRules(chains.refuse, wanted));
    if (ports !== '') await restore(transaction('filter', [`-A ${jump(chains.refuse)}`]));
    ports = wanted.join();
  };
  return {
    rung: 'iptables',
    install: async () => {
      await remove(() => true);
      await restore(installJumps(chains));
    },
    lease: async (wanted, leaseMs) => {
      const stop = dateStop(now(), leaseMs);
      await restore(
        redirectRules(chains.redirect, wanted.redirects, stop) + staleRules(chains.stale, wanted.stale, stop),
      );
      await changeRefusals(wanted);
    },
    refused: async () => {
      const counts = new Map(earlier);
      for (const [port, count] of await refused()) counts.set(port, (counts.get(port) ?? 0) + count);
      return counts;
    },
    remove: () => remove((chain) => Object.values(chains).includes(chain)),
  };
}

type Table = 'nat' | 'filter';

function jump(chain: string): string {
  return `OUTPUT -p tcp -m comment --comment "rollproof ${chain}" -j ${chain}`;
}

/** A comment holds names from a user's file: only what cannot end the quotes, at most what the kernel takes. */
function commentText(text: string): string {
  return text.replace(/[^\w.>-]/g, '_').slice(0, 200);
}

function transaction(table: Table, lines: readonly string[]): string {
  return [`*${table}`, ...lines, 'COMMIT', ''].join('\n');
}
