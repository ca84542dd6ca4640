import { PROBE_UID, PROXY_UID, type PacketRules, type WantedRules } from './packet-rules.ts';
import type { Run } from './run.ts';

/** Every table of ours starts with this. */
const TABLE_PREFIX = 'rollproof-';

/**
 * Our own table. Its maps and sets hold what is leased, each element with a timeout that the kernel keeps, on its monotonic clock and
 * within some 2 ms. The redirect comes before other NAT chains; what is refused or reset is seen after it, so that only what goes past the
 * proxy still has the callee's address. A refused port is in two sets: the one with the lease lets it be refused, the other counts.
 */
export function tableText(table: string): string {
  const syn = 'tcp flags & (syn | ack) == syn';
  return `table ip ${table} {
  map carried { type ipv4_addr . inet_service : inet_service; flags timeout; }
  set refused { type inet_service; flags timeout; }
  set counted { type inet_service; counter; }
  set stale { type ipv4_addr . inet_service . inet_service; flags timeout; }
  chain redirecting {
    type nat hook output priority -110; policy accept;
    meta skuid != ${PROXY_UID} redirect to :ip daddr . tcp dport map @carried
  }
  chain rejecting {
    type filter hook output priority 0; policy accept;
    ip daddr 127.0.0.1 tcp dport @refused ${syn} meta skuid ${PROBE_UID} reject with tcp reset
    ip daddr 127.0.0.1 tcp dport @refused tcp dport @counted ${syn} reject with tcp reset
    ip daddr . tcp dport . tcp sport @stale reject with tcp reset
  }
}
`;
}

/** Replaces what is leased; without `refusals` those stay as they are. `nowMs` is on the clock of their ends. */
export interface LeaseTextOptions {
  readonly wanted: Omit<WantedRules, 'refusals'> & Partial<Pick<WantedRules, 'refusals'>>;
  readonly leaseMs: number;
  readonly nowMs: number;
}

/**
 * One transaction that replaces what is leased. Elements that are there are not renewed by adding them again: the sets are emptied first,
 * and nothing is seen of that in between.
 */
export function leaseText(table: string, { wanted, leaseMs, nowMs }: LeaseTextOptions): string {
  const { redirects, refusals, stale } = wanted;
  const timeout = (ms: number) => `timeout ${Math.max(1, Math.floor(ms))}ms`;
  // Two edges may lead to one address: the first has it, as with rules in order.
  const carried = new Map(redirects.toReversed().map((one) => [`${one.address} . ${one.port}`, one.listenPort]));
  const flushed = ['map carried', ...(refusals === undefined ? [] : ['set refused']), 'set stale'];
  const lines = [
    ...flushed.map((set) => `flush ${set.replace(' ', ` ip ${table} `)}`),
    ...[...carried].map(([key, listenPort]) => add('carried', `${key} ${timeout(leaseMs)} : ${listenPort}`)),
    ...(refusals ?? []).flatMap((one) => [
      add('counted', `${one.listenPort}`),
      add('refused', `${one.listenPort} ${timeout(one.endsAtMs - nowMs)}`),
    ]),
    ...stale.map((one) => add('stale', `${one.address} . ${one.port} . ${one.localPort} ${timeout(leaseMs)}`)),
  ];
  return `${lines.join('\n')}\n`;

  function add(set: string, element: string): string {
    return `add element ip ${table} ${set} { ${element} }`;
  }
}

/** Leases that end within milliseconds, by nobody's hand. */
export function nftables(agentId: string, run: Run): PacketRules {
  const table = `${TABLE_PREFIX}${agentId}`;
  const apply = async (text: string) => void (await run('nft', ['-f', '-'], text));
  /** The refusals that the kernel has: it is told of each once, since what it is told counts from when it hears of it. */
  let leased = '';
  const remove = async (isOurs: (name: string) => boolean) => {
    const listed = await run('nft', ['list', 'tables', 'ip']);
    const names = listed.split('\n').map((line) => line.split(' ')[2] ?? '');
    for (const name of names.filter((one) => one.startsWith(TABLE_PREFIX) && isOurs(one))) {
      await apply(`delete table ip ${name}\n`);
    }
  };
  return {
    rung: 'nftables',
    install: async () => {
      await remove(() => true);
      await apply(tableText(table));
    },
    lease: async ({ refusals, ...others }, leaseMs) => {
      const now = refusals.map(({ listenPort, endsAtMs }) => `${listenPort} ${endsAtMs}`).join();
      const wanted = now === leased ? others : { ...others, refusals };
      await apply(leaseText(table, { wanted, leaseMs, nowMs: performance.now() }));
      leased = now;
    },
    refused: async () => readCounted(await run('nft', ['-j', 'list', 'set', 'ip', table, 'counted'])),
    remove: () => remove((name) => name === table),
  };
}

/** Packets by port, from the JSON of a set whose elements count. */
export function readCounted(json: string): Map<number, number> {
  const { nftables: items } = JSON.parse(json) as { readonly nftables: readonly NftItem[] };
  const elements = items.flatMap(({ set }) => set?.elem ?? []);
  return new Map(elements.map(({ elem }) => [elem.val, elem.counter.packets]));
}

interface NftItem {
  readonly set?: {
    readonly elem?: readonly {
      readonly elem: { readonly val: number; readonly counter: { readonly packets: number } };
    }[];
  };
}
