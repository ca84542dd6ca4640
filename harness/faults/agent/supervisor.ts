import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { agentKind } from './kinds/list.ts';
import { findRules } from './ladder.ts';
import { messageOf, onJsonLines, writeJsonLine } from './lines.ts';
import { Passage } from './passage.ts';
import type { AgentRequest, HelperEvent } from './protocol.ts';
import { ProxyProcess } from './proxy-process.ts';
import { runWithSpare } from './run.ts';
import { LOOK_MS, Silence } from './silence.ts';

/** The control socket: inside the container, reached by an exec. */
export const SOCKET_PATH = '/run/rollproof-agent.sock';

const ruleLeaseMs = numberFrom('ROLLPROOF_RULE_LEASE_MS', 5_000);
const ruleRenewMs = numberFrom('ROLLPROOF_RULE_RENEW_MS', 1_500);
/** Silence of a harness that is still connected: it may only be busy. */
const graceMs = numberFrom('ROLLPROOF_GRACE_MS', 10_000);
/** Nobody is connected: the harness has died, or its stream broke and it comes back at once. */
const disconnectedGraceMs = Math.min(graceMs, 5_000);

const sinks = new Set<NodeJS.WritableStream & { writable: boolean }>();
const silence = new Silence(performance.now());
let isLeaving = false;

/**
 * The agent's first process: it alone may change packet rules. It renews their short lease for as long as the harness
 * sends heart-beats, and leaves by itself when they stop.
 */
export async function runSupervisor(): Promise<void> {
  const agentId = process.env['ROLLPROOF_AGENT_ID'] ?? 'agent';
  const { rules, lacks } = await findRules(
    agentId,
    process.env['ROLLPROOF_PACKET_RULES'],
    runWithSpare('nft', ['-f', '-']),
  );
  if (rules === undefined) throw new Error(`no packet rules: ${Object.values(lacks).join('; ')}`);
  const proxy = new ProxyProcess({
    onEvent: (event) => {
      if (event.event === 'expired') passage.faultEnded(event.id ?? '');
      emit(event);
    },
    onExit: () => void leave('the proxy has died', undefined, passage),
  });
  const passage = new Passage(rules, proxy, ruleLeaseMs);
  rmSync(SOCKET_PATH, { force: true });
  const server = createServer((socket) => {
    sinks.add(socket);
    socket.on('error', () => undefined);
    onJsonLines(
      socket,
      (value) => {
        const request = value as AgentRequest & { n: number };
        void answer(request, proxy, passage).then(
          (result) => writeJsonLine(socket, { n: request.n, result: result ?? null }),
          (error: unknown) => writeJsonLine(socket, { n: request.n, error: messageOf(error) }),
        );
      },
      () => sinks.delete(socket),
    );
  });
  server.listen(SOCKET_PATH, () => {
    chmodSync(SOCKET_PATH, 0o600);
    emit({ event: 'ready', reason: rules.rung });
  });
  setInterval(() => {
    if (isLeaving) return;
    passage.renew().catch((error: unknown) => emit({ event: 'failed', reason: messageOf(error) }));
  }, ruleRenewMs);
  setInterval(() => {
    const silentMs = silence.look(performance.now());
    const limitMs = sinks.size === 0 ? disconnectedGraceMs : graceMs;
    if (silentMs > limitMs) void leave(`no heart-beat for ${Math.round(silentMs)} ms`, proxy, passage);
  }, LOOK_MS);
  process.on('SIGTERM', () => void leave('SIGTERM', proxy, passage));
  process.on('SIGINT', () => void leave('SIGINT', proxy, passage));
}

async function answer(request: AgentRequest, proxy: ProxyProcess, passage: Passage): Promise<unknown> {
  switch (request.op) {
    case 'beat':
      silence.beat(performance.now());
      return { rung: passage.rung };
    case 'prepare':
      await passage.prepare(request);
      return passage.stats(request.edge);
    case 'fault-on': {
      // First what is new, then what is open: a connection that is reset comes again at once.
      const leaseMs = await passage.faultBegins(request, agentKind(request.kind));
      return proxy.request({ ...request, leaseMs });
    }
    case 'fault-off': {
      const felt = await proxy.request(request);
      return passage.faultEnds(request.id, felt);
    }
    case 'stats':
      return passage.stats(request.edge);
    case 'leave':
      void leave('asked to', proxy, passage);
      return undefined;
  }
}

/** Rules first, then what is carried: no new connection comes, the old ones end in peace. */
async function leave(reason: string, proxy: ProxyProcess | undefined, passage: Passage): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  emit({ event: 'leaving', reason });
  await passage.close().catch((error: unknown) => emit({ event: 'failed', reason: messageOf(error) }));
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
