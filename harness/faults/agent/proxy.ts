import { createServer, type Server } from 'node:net';
import { PreciseAlarm } from './alarm.ts';
import { carry } from './carry.ts';
import { drainRoutes } from './drain.ts';
import { messageOf } from './lines.ts';
import type { Destination, EdgeStats, LatencySpec, ProxyRequest } from './protocol.ts';
import type { Redirect } from './rules.ts';
import { Route } from './route.ts';

const alarm = new PreciseAlarm();
const routes = new Map<string, Route>();
const servers = new Map<string, { readonly server: Server; readonly redirect: Redirect }>();
const leases = new Map<string, NodeJS.Timeout>();

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
    case 'latency-on':
      return latencyOn(request);
    case 'latency-off':
      return latencyOff(request.fault);
    case 'stats':
      return stats(routeOf(request.edge));
    case 'drain':
      for (const { server } of servers.values()) server.close();
      for (const fault of [...leases.keys()]) latencyOff(fault);
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

function latencyOn(spec: LatencySpec): void {
  const route = routeOf(spec.edge);
  if (route.latency !== undefined && route.latency.fault !== spec.fault) {
    throw new Error(`edge ${spec.edge} has fault ${route.latency.fault} already`);
  }
  clearTimeout(leases.get(spec.fault));
  route.latency = spec;
  const timer = setTimeout(() => {
    latencyOff(spec.fault);
    send({ event: 'expired', id: spec.fault });
  }, spec.leaseMs);
  leases.set(spec.fault, timer);
}

/** Ends a fault and gives away what it held back. One that has ended is left alone. */
function latencyOff(fault: string): EdgeStats | undefined {
  clearTimeout(leases.get(fault));
  leases.delete(fault);
  const route = [...routes.values()].find((candidate) => candidate.latency?.fault === fault);
  if (route === undefined) return undefined;
  route.latency = undefined;
  for (const carried of route.carried) carried.flush();
  return stats(route);
}

function stats(route: Route): EdgeStats {
  const { connections, bytesUp, bytesDown, delayedChunks, delayedMs, lateMsMax, dialFailures } = route;
  return {
    connections,
    open: route.carried.size,
    bytesUp,
    bytesDown,
    delayedChunks,
    delayedMs: Math.round(delayedMs),
    lateMsMax: Math.round(lateMsMax * 1_000) / 1_000,
    dialFailures,
    bypassing: 0,
  };
}
