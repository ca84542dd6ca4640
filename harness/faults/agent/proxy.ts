import { createServer, type Server } from 'node:net';
import { PreciseAlarm } from './alarm.ts';
import { carry } from './carry.ts';
import { drainRoutes } from './drain.ts';
import { messageOf } from './lines.ts';
import type { Redirect } from './packet-rules.ts';
import type { Destination, FaultSpec, FaultStats, ProxyRequest } from './protocol.ts';
import { Route } from './route.ts';

const alarm = new PreciseAlarm();
const routes = new Map<string, Route>();
const servers = new Map<string, { readonly server: Server; readonly redirect: Redirect }>();
const leases = new Map<string, NodeJS.Timeout>();
/** What was felt of faults that their leases ended. */
const ended = new Map<string, FaultStats | undefined>();

/** The process that carries the traffic: no rights, and nothing else to do. Its supervisor talks to it by IPC. */
export function runProxy(): void {
  process.on('message', (message: ProxyRequest & { n: number }) => {
    void answer(message).then(
      (result) => send({ n: message.n, result }),
      (error: unknown) => send({ n: message.n, error: messageOf(error) }),
    );
  });
  // The supervisor has gone: the kernel lets the rules expire, nobody is left to talk to.
  process.on('disconnect', () => process.exit(1));
  process.on('SIGTERM', () => undefined);
}

function send(message: unknown): void {
  if (process.connected) process.send?.(message);
}

async function answer(request: ProxyRequest): Promise<unknown> {
  switch (request.op) {
    case 'listen':
      return listen(request.edge, request.destinations);
    case 'fault-on':
      return faultOn(request);
    case 'fault-off':
      return faultOff(request.id);
    case 'stats':
      return routeOf(request.edge).stats();
    case 'drain':
      for (const { server } of servers.values()) server.close();
      for (const id of [...leases.keys()]) faultOff(id);
      return drainRoutes([...routes.values()], alarm);
  }
}

function routeOf(edge: string): Route {
  const known = routes.get(edge);
  if (known !== undefined) return known;
  const route = new Route(edge);
  routes.set(edge, route);
  return route;
}

/** Listens for each destination of an edge, and no longer for those that it had before. Open connections stay. */
async function listen(edge: string, destinations: readonly Destination[]): Promise<Redirect[]> {
  const wanted = new Set(destinations.map(({ address, port }) => `${edge} ${address}:${port}`));
  for (const destination of destinations) {
    const key = `${edge} ${destination.address}:${destination.port}`;
    if (!servers.has(key)) servers.set(key, await openServer(edge, destination));
  }
  for (const [key, { server, redirect }] of servers) {
    if (redirect.edge !== edge || wanted.has(key)) continue;
    server.close();
    servers.delete(key);
  }
  return [...servers.values()].map(({ redirect }) => redirect);
}

function openServer(edge: string, destination: Destination): Promise<{ server: Server; redirect: Redirect }> {
  const route = routeOf(edge);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) =>
    carry(client, destination, route, alarm),
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // REDIRECT of a locally made connection goes to 127.0.0.1: nothing outside the container can reach this port.
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('the proxy has no port'));
      resolve({ server, redirect: { edge, ...destination, listenPort: address.port } });
    });
  });
}

function faultOn(spec: FaultSpec): void {
  routeOf(spec.edge).faultOn(spec);
  clearTimeout(leases.get(spec.id));
  const timer = setTimeout(() => {
    ended.set(spec.id, faultOff(spec.id));
    send({ event: 'expired', id: spec.id });
  }, spec.leaseMs);
  leases.set(spec.id, timer);
}

/** What was felt of a fault until it ended, by this or by its lease. */
function faultOff(id: string): FaultStats | undefined {
  clearTimeout(leases.get(id));
  leases.delete(id);
  for (const route of routes.values()) {
    const stats = route.faultOff(id);
    if (stats !== undefined) return stats;
  }
  return ended.get(id);
}
