import { SERVERS_PER_SLOT } from '../compose/front-container.ts';
import type { FrontState, Slot } from './config.ts';

/** A slot's backend for ports that are carried as TCP. Its servers are those of the slot itself, on whatever port was asked. */
export const tcpBackend = (slot: Slot) => `${slot}-tcp`;

/**
 * Ports of a service beside the one that is judged, as connections: each new one goes to a revision by the weights of the moment, and stays
 * there. A server stands here as it stands in its slot: checked there, drained there, in maintenance there (`track`). Connections are not in the
 * front's log, which tells of requests.
 */
export function tcpSections(
  state: FrontState,
  options: {
    readonly slots: readonly Slot[];
    readonly serverName: (slot: Slot, position: number) => string;
    readonly addressOf: (slot: Slot, position: number) => string;
    /** Sets the weight of green in `txn.green_weight`, of connections. */
    readonly weightRules: readonly string[];
  },
): string[] {
  const { tcpPorts = [] } = state;
  if (tcpPorts.length === 0) return [];
  const { slots, serverName, addressOf, weightRules } = options;
  const entrance = `frontend tcp
  mode tcp
${tcpPorts.map((port) => `  bind :${port}`).join('\n')}
  no log
  timeout client 1h
  tcp-request content set-var(txn.draw) rand(100)
${weightRules.map((rule) => `  tcp-request content ${rule}`).join('\n')}
  use_backend ${tcpBackend('green')} if { var(txn.draw),sub(txn.green_weight) lt 0 }
  default_backend ${tcpBackend('blue')}
`;
  const backends = slots.map((slot) => {
    const servers = Array.from({ length: SERVERS_PER_SLOT }, (_, position) => {
      const name = serverName(slot, position);
      // Without a port of its own a server is asked on the port that the connection came in by.
      return `  server ${name} ${addressOf(slot, position)} track ${slot}/${name}`;
    });
    return `backend ${tcpBackend(slot)}
  mode tcp
  balance roundrobin
  timeout server 1h
${servers.join('\n')}
`;
  });
  return [entrance, ...backends];
}
