import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { connectionsTo } from './bypassing.ts';
import { removeChains, restoreRules } from './iptables.ts';
import { messageOf, onJsonLines, writeJsonLine } from './lines.ts';
import type { AgentRequest, EdgeStats, HelperEvent } from './protocol.ts';
import { ProxyProcess } from './proxy-process.ts';
import { CHAIN_PREFIX, dateStop, installJump, leaseRules, type Redirect } from './rules.ts';
import { LOOK_MS, Silence } from './silence.ts';

/** The control socket: inside the container, reached by an exec. */
export const SOCKET_PATH = '/run/rollproof-agent.sock';

const ruleLeaseMs = numberFrom('ROLLPROOF_RULE_LEASE_MS', 5_000);
const ruleRenewMs = numberFrom('ROLLPROOF_RULE_RENEW_MS', 1_500);
/** Silence of a harness that is still connected: it may only be busy. */
const graceMs = numberFrom('ROLLPROOF_GRACE_MS', 10_000);
/** Nobody is connected: the harness has died, or its stream broke and it comes back at once. */
const disconnectedGraceMs = Math.min(graceMs, 5_000);
const chain = `${CHAIN_PREFIX}${process.env['ROLLPROOF_AGENT_ID'] ?? 'agent'}`;

const sinks = new Set<NodeJS.WritableStream & { writable: boolean }>();
const older = new Map<
  string,
  { readonly edge: string; readonly ports: ReadonlySet<string>; address: string; port: number }
>();
let redirects: readonly Redirect[] = [];
const silence = new Silence(performance.now());
let isLeaving = false;
/** Packet rules are changed by one at a time. */
let rulesTurn: Promise<void> = Promise.resolve();

/**
 * The agent's first process: it alone may change packet rules. It renews their short lease for as long as the harness
 * sends heart-beats, and leaves by itself when they stop.
 */
export async function runSupervisor(): Promise<void> {
  // What an agent left that was killed in this namespace: expired, harmless, and in the way of reading.
  await removeChains(() => true);
  const proxy = new ProxyProcess({
    onEvent: emit,
    onExit: () => void leave('the proxy has died', undefined),
  });
  await restoreRules(installJump(chain));
  rmSync(SOCKET_PATH, { force: true });
  const server = createServer((socket) => {
    sinks.add(socket);
    socket.on('error', () => undefined);
    onJsonLines(
      socket,
      (value) => {
        const request = value as AgentRequest & { n: number };
        void answer(request, proxy).then(
          (result) => writeJsonLine(socket, { n: request.n, result: result ?? null }),
          (error: unknown) => writeJsonLine(socket, { n: request.n, error: messageOf(error) }),
        );
      },
      () => sinks.delete(socket),
    );
  });
  server.listen(SOCKET_PATH, () => {
    chmodSync(SOCKET_PATH, 0o600);
    emit({ event: 'ready' });
  });
  setInterval(() => void renew(), ruleRenewMs);
  setInterval(() => {
    const silentMs = silence.look(performance.now());
    const limitMs = sinks.size === 0 ? disconnectedGraceMs : graceMs;
    if (silentMs > limitMs) void leave(`no heart-beat for ${Math.round(silentMs)} ms`, proxy);
  }, LOOK_MS);
  process.on('SIGTERM', () => void leave('SIGTERM', proxy));
  process.on('SIGINT', () => void leave('SIGINT', proxy));
}

async function answer(request: AgentRequest, proxy: ProxyProcess): Promise<unknown> {
  switch (request.op) {
    case 'beat':
      silence.beat(performance.now());
      return undefined;
    case 'prepare':
      for (const { address, port } of request.destinations) {
        const key = `${request.edge} ${address}:${port}`;
        if (older.has(key)) continue;
        older.set(key, { edge: request.edge, address, port, ports: connectionsTo({ address, port }) });
      }
      redirects = (await proxy.request({ op: 'listen', edge: request.edge, destinations: request.destinations })) as
        Redirect[] | [];
      await lease();
      return withBypassing(request.edge, proxy);
    case 'latency-on':
    case 'latency-off':
      return proxy.request(request);
    case 'stats':
      return withBypassing(request.edge, proxy);
    case 'leave':
      void leave('asked to', proxy);
      return undefined;
  }
}

async function withBypassing(edge: string, proxy: ProxyProcess): Promise<EdgeStats> {
  const stats = (await proxy.request({ op: 'stats', edge })) as EdgeStats;
  let bypassing = 0;
  for (const entry of older.values()) {
    if (entry.edge === edge) bypassing += [...connectionsTo(entry)].filter((port) => entry.ports.has(port)).length;
  }
  return { ...stats, bypassing };
}

function lease(): Promise<void> {
  rulesTurn = rulesTurn
    .catch(() => undefined)
    .then(() =>
      isLeaving ? undefined : restoreRules(leaseRules(chain, redirects, dateStop(Date.now(), ruleLeaseMs))),
    );
  return rulesTurn;
}

async function renew(): Promise<void> {
  if (isLeaving || redirects.length === 0) return;
  try {
    await lease();
  } catch (error) {
    emit({ event: 'failed', reason: messageOf(error) });
  }
}

/** Rules first, then what is carried: no new connection comes, the old ones end in peace. */
async function leave(reason: string, proxy: ProxyProcess | undefined): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  emit({ event: 'leaving', reason });
  await rulesTurn.catch(() => undefined);
  await removeChains((name) => name === chain).catch((error: unknown) =>
    emit({ event: 'failed', reason: messageOf(error) }),
  );
  await proxy?.request({ op: 'drain' }).catch(() => undefined);
  process.exit(proxy === undefined ? 1 : 0);
}

function emit(event: HelperEvent): void {
  writeJsonLine(process.stdout, event);
  for (const sink of sinks) writeJsonLine(sink as never, event);
}

function numberFrom(name: string, byDefault: number): number {
  const value = Number(process.env[name] ?? byDefault);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name} is not a positive number`);
  return value;
}
