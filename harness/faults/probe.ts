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

/** The value that a share `q` (0–1) of the values do not exceed; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}
