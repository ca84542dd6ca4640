import { HarnessError } from '../core/errors';
import type { Agent } from './agent';
import type { ProbeResult, ProbeSpec } from './agent/probe';

/**
 * Measures the callee as the caller sees it: a client in the caller's network namespace, in a process that is not the
 * agent's, whose connections the packet rules redirect as they do the caller's.
 * @throws HarnessError `probe-failed` when a request got no answer
 */
export async function probe(agent: Agent, spec: ProbeSpec, signal?: AbortSignal): Promise<readonly number[]> {
  const result = JSON.parse(await agent.runBeside(['probe', JSON.stringify(spec)], signal)) as ProbeResult;
  if (result.failures.length === 0 && result.latenciesMs.length === spec.count) return result.latenciesMs;
  throw new HarnessError('probe-failed', {
    message: `${result.failures.length} of ${spec.count} probes of ${spec.address}:${spec.port} failed: ${result.failures[0] ?? ''}`,
    facts: { address: spec.address, port: spec.port, failures: result.failures.slice(0, 5) },
  });
}
