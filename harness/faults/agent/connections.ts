import { readFileSync } from 'node:fs';
import type { Destination } from './protocol.ts';

const ESTABLISHED = '01';
/** An IPv4 address in a table of IPv6 sockets, as a JVM's are by default: `::ffff:0:0/96`, in little-endian words. */
const MAPPED = '0000000000000000FFFF0000';

/** A connection of this network namespace, seen from its caller. */
export interface Connection extends Destination {
  /** The caller's own port. */
  readonly localPort: number;
}

/** The kernel's tables of TCP sockets of this network namespace, both families. */
export function socketTables(read = (path: string) => readFileSync(path, 'utf8')): string {
  return ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readIfThere(path, read)).join('\n');
}

/** Without IPv6 there is no second table. */
function readIfThere(path: string, read: (path: string) => string): string {
  try {
    return read(path);
  } catch {
    return '';
  }
}

/**
 * Established connections to these destinations that no listener of ours carries. The caller's end of a redirected connection looks as if it
 * went to the destination itself; the proxy's end, on one of `listenPorts`, has the caller's port as its peer. `before` is an earlier
 * reading: of a connection that is not in it, the proxy's end may not have been seen yet.
 */
export function bypassing(
  destinations: readonly Destination[],
  options: {
    readonly listenPorts: readonly number[];
    readonly proxyUid: number;
    readonly before: string;
    readonly now: string;
  },
): Connection[] {
  const { listenPorts, proxyUid, before, now } = options;
  const sockets = parse(now);
  const carried = new Set(
    sockets.filter(({ local }) => listenPorts.includes(local.port)).map(({ remote }) => remote.port),
  );
  const known = new Set(parse(before).map(keyOf));
  return sockets
    .filter((socket) => socket.state === ESTABLISHED && socket.uid !== proxyUid && known.has(keyOf(socket)))
    .filter(({ remote, local }) => isAmong(destinations, remote) && !carried.has(local.port))
    .map(({ remote, local }) => ({ ...remote, localPort: local.port }));
}

interface Socket {
  readonly local: Destination;
  readonly remote: Destination;
  readonly state: string;
  readonly uid: number;
}

function parse(table: string): Socket[] {
  return table.split('\n').flatMap((line) => {
    const [slot = '', local = '', remote = '', state = '', , , , uid = ''] = line.trim().split(/\s+/);
    if (!/^\d+:$/.test(slot)) return [];
    const ends = [endOf(local), endOf(remote)] as const;
    const [here, there] = ends;
    return here === undefined || there === undefined ? [] : [{ local: here, remote: there, state, uid: Number(uid) }];
  });
}

/** `0300110A:9C40`: the address as the kernel holds it in memory, then the port. IPv6 addresses proper are no destination of ours. */
function endOf(text: string): Destination | undefined {
  const [address = '', port = ''] = text.split(':');
  const hex = address.length === 32 && address.startsWith(MAPPED) ? address.slice(24) : address;
  if (hex.length !== 8) return undefined;
  const bytes = [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return { address: bytes.join('.'), port: Number.parseInt(port, 16) };
}

function isAmong(destinations: readonly Destination[], { address, port }: Destination): boolean {
  return destinations.some((destination) => destination.address === address && destination.port === port);
}

function keyOf({ local, remote }: Socket): string {
  return `${local.port} ${remote.address}:${remote.port}`;
}
