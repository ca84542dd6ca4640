import { readFileSync } from 'node:fs';
import type { Destination } from './protocol.ts';

const ESTABLISHED = '01';

/** Local ports of established connections to a destination, from `/proc/net/tcp` of this network namespace. */
export function connectionsTo(destination: Destination, table = readFileSync('/proc/net/tcp', 'utf8')): Set<string> {
  const remote = `${hexAddress(destination.address)}:${destination.port.toString(16).toUpperCase().padStart(4, '0')}`;
  const ports = new Set<string>();
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', peer, state] = line.trim().split(/\s+/);
    if (peer === remote && state === ESTABLISHED) ports.add(local);
  }
  return ports;
}

/** The kernel prints addresses as little-endian words. */
function hexAddress(address: string): string {
  return address
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .join('');
}
