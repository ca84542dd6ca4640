import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { messageOf } from './lines.ts';

/** What the probe measures at fixed moments, as a caller of the callee sees it: plain GETs, or connections where there is no path. */
export interface ProbeSpec {
  readonly address: string;
  readonly port: number;
  /** Default: only open a connection. */
  readonly path?: string;
  readonly count: number;
  /** Intended distance of two requests, ms; 0: each after the one before. */
  readonly intervalMs: number;
  /** Requests at the start that only open connections and warm code. */
  readonly warmUp: number;
  readonly timeoutMs: number;
}

export interface ProbeResult {
  /** Durations of the requests that were answered, ms, in the order of their start. */
  readonly latenciesMs: readonly number[];
  readonly failures: readonly string[];
}

/**
 * A client in the caller's network namespace, in a process of its own and under a user that the rules do not spare:
 * its requests take the path of the caller's.
 */
export async function runProbe(argument: string): Promise<void> {
  const spec = JSON.parse(argument) as ProbeSpec;
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  const once = async (index: number) => {
    try {
      const latencyMs = await request(spec, agent);
      if (index >= spec.warmUp) latenciesMs.push(latencyMs);
    } catch (error) {
      failures.push(messageOf(error));
    }
  };
  const total = spec.warmUp + spec.count;
  const pending: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let index = 0; index < total; index++) {
    if (spec.intervalMs === 0) await once(index);
    else {
      await until(startedMs + index * spec.intervalMs);
      pending.push(once(index));
    }
  }
  await Promise.all(pending);
  agent.destroy();
  process.stdout.write(JSON.stringify({ latenciesMs, failures } satisfies ProbeResult));
}

function until(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, timeMs - performance.now())));
}

function request({ address: host, port, path, timeoutMs: timeout }: ProbeSpec, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const late = () => new Error(`no answer within ${timeout} ms`);
    const done = () => resolve(performance.now() - startedMs);
    if (path === undefined) {
      const socket = connect({ host, port, timeout }, () => {
        done();
        socket.destroy();
      });
      socket.once('timeout', () => socket.destroy(late()));
      socket.once('error', reject);
      return;
    }
    const headers = { 'user-agent': 'rollproof-probe' };
    const outgoing = get({ host, port, path, agent, timeout, headers }, (answer) => {
      answer.once('end', done);
      answer.once('error', reject);
      answer.resume();
    });
    outgoing.once('timeout', () => outgoing.destroy(late()));
    outgoing.once('error', reject);
  });
}
