import { HarnessError, isHarnessError } from '../core/errors';
import type { Agent } from './agent';
import type { ProbeResult, ProbeSpec } from './agent/probe';

/**
 * Measures the callee as the caller sees it: a client in the caller's network namespace, in a process that is not the
 * agent's, whose connections the packet rules redirect as they do the caller's.
 * @throws HarnessError `probe-failed` when a request got no answer
 */
export async function probe(agent: Agent, spec: ProbeSpec, signal?: AbortSignal): Promise<readonly number[]> {
  return requireAnswers(await tryProbe(agent, spec, signal), `${spec.address}:${spec.port}`);
}

/** As {@link probe}, with what failed: for faults by which requests fail. A probe that could not run has failed too. */
export async function tryProbe(agent: Agent, spec: ProbeSpec, signal?: AbortSignal): Promise<ProbeResult> {
  try {
    return JSON.parse(await agent.runBeside(['probe', JSON.stringify(spec)], signal)) as ProbeResult;
  } catch (error) {
    if (!isHarnessError(error) || error.code !== 'probe-failed') throw error;
    return { latenciesMs: [], failures: [error.message] };
  }
}

/** Whether every request was answered. */
export function isAnswered({ latenciesMs, failures }: ProbeResult): boolean {
  return failures.length === 0 && latenciesMs.length > 0;
}

/** @throws HarnessError `probe-failed` */
export function requireAnswers(result: ProbeResult, of: string): readonly number[] {
  if (isAnswered(result)) return result.latenciesMs;
  const { latenciesMs, failures } = result;
  throw new HarnessError('probe-failed', {
    message: `${failures.length} probes of ${of} failed, ${latenciesMs.length} did not: ${failures[0] ?? ''}`,
    facts: { of, failures: failures.slice(0, 5) },
  });
}
