import { Agent, get } from 'node:http';
import { messageOf } from './lines.ts';

/** What the probe measures: plain GETs at fixed moments, as a caller of the callee sees them. */
export interface ProbeSpec {
  readonly address: string;
  readonly port: number;
  readonly path: string;
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

function request(spec: ProbeSpec, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const { address: host, port, path, timeoutMs: timeout } = spec;
    const outgoing = get(
      { host, port, path, agent, timeout, headers: { 'user-agent': 'rollproof-probe' } },
      (answer) => {
        answer.once('end', () => resolve(performance.now() - startedMs));
        answer.once('error', reject);
        answer.resume();
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer within ${timeout} ms`)));
    outgoing.once('error', reject);
  });
}
