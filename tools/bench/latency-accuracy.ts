import { monotonicMs } from '../../harness/core/clock';
import { edgeName } from '../../harness/contract/config';
import { Agent } from '../../harness/faults/agent';
import type { Destination } from '../../harness/faults/agent/protocol';
import { destinationsOf } from '../../harness/faults/endpoints';
import { probe } from '../../harness/faults/probe';
import { helperImage, Pair } from '../../harness/faults/testing/pair';
import { quantile } from '../../harness/statistics/quantile';
import { type BenchRow } from './row';

const DELAY_MS = 200;
const RATE_PER_SECOND = 100;
/** How much is measured. */
export interface AccuracyRounds {
  /** Plain and delayed take turns, so that what else the machine does falls on both alike. */
  readonly rounds: number;
  readonly secondsARound: number;
}

const BENCH_ROUNDS: AccuracyRounds = { rounds: 4, secondsARound: 2.5 };
/** Bars of the design, ms. */
const ERROR_MS_P50_MAX = 0.5;
const ERROR_MS_P99_MAX = 2;
const SWITCH_MS_MAX = 50;

/**
 * How exactly an injected latency is kept: a client in the caller's network namespace, in a process of its own, at a
 * steady rate through the same pass-through agent at 0 ms and at 200 ms in turns. The error is what a quantile grew by, less 200 ms.
 */
export async function benchLatencyAccuracy(): Promise<BenchRow[]> {
  return latencyAccuracy(BENCH_ROUNDS);
}

/** As the benchmark, with as many rounds as wanted. */
export async function latencyAccuracy(rounds: AccuracyRounds): Promise<BenchRow[]> {
  await using pair = await Pair.start();
  const caller = await pair.caller();
  if (caller === undefined) return [];
  const [destination] = await destinationsOf(pair.project, pair.edge, pair.managed, caller);
  if (destination === undefined) return [];
  const agent = await Agent.attach({
    project: pair.project,
    helperImage: helperImage(),
    targetId: caller.id,
    onEvent: () => undefined,
    onLost: () => undefined,
  });
  try {
    return await measure(agent, destination, edgeName(pair.edge), rounds);
  } finally {
    await agent.leave();
  }
}

async function measure(
  agent: Agent,
  destination: Destination,
  edge: string,
  { rounds, secondsARound }: AccuracyRounds,
): Promise<BenchRow[]> {
  const spec = {
    ...destination,
    path: '/readyz',
    count: RATE_PER_SECOND * secondsARound,
    intervalMs: 1_000 / RATE_PER_SECOND,
    warmUp: RATE_PER_SECOND / 2,
    timeoutMs: 5_000,
  };
  const direct = await probe(agent, spec);
  await agent.prepare(edge, [destination], false);
  const plainRounds: (readonly number[])[] = [];
  const ownLateMs: number[] = [];
  const delayed: number[] = [];
  const switches: number[] = [];
  const timed = async (action: () => Promise<unknown>) => {
    const startedMs = monotonicMs();
    await action();
    switches.push(monotonicMs() - startedMs);
  };
  for (let round = 0; round < rounds; round++) {
    const id = `bench-${round}`;
    plainRounds.push(await probe(agent, spec));
    const options = { delayMs: DELAY_MS, jitterMs: 0 };
    await timed(() => agent.faultOn({ id, kind: 'latency', edge, options, seed: 'bench', leaseMs: 60_000 }));
    delayed.push(...(await probe(agent, spec)));
    await timed(async () => ownLateMs.push((await agent.faultOff(id))?.facts['lateMsMax'] ?? NaN));
  }
  const plain = plainRounds.flat();
  const [even = [], odd = []] = [0, 1].map((turn) => plainRounds.filter((_, round) => round % 2 === turn).flat());
  const samples = delayed.length;
  const error = (p: number) => Math.abs(quantile(delayed, p) - quantile(plain, p) - DELAY_MS);
  const baseMs = quantile(plain, 0.5);
  const single = delayed.map((ms) => Math.abs(ms - baseMs - DELAY_MS));
  return [
    { name: 'latency-error-p50', value: error(0.5), unit: 'ms', limit: ERROR_MS_P50_MAX, samples },
    { name: 'latency-error-p99', value: error(0.99), unit: 'ms', limit: ERROR_MS_P99_MAX, samples },
    { name: 'latency-least', value: Math.min(...delayed), unit: 'ms', samples },
    {
      name: 'latency-switch-max',
      value: Math.max(...switches),
      unit: 'ms',
      limit: SWITCH_MS_MAX,
      samples: switches.length,
    },
    // What the path itself varies by, without the fault: no error can be seen that is smaller.
    { name: 'latency-path-noise-p99', value: quantile(plain, 0.99) - baseMs, unit: 'ms', samples },
    // What the same arithmetic says of plain against plain, every other round: an error below it cannot be told from none.
    {
      name: 'latency-null-error-p99',
      value: Math.abs(quantile(even, 0.99) - quantile(odd, 0.99)),
      unit: 'ms',
      samples: even.length,
    },
    // What the agent itself was late by, at worst: the rest of an error is the path's, or the scheduler's.
    { name: 'latency-own-late-max', value: Math.max(...ownLateMs), unit: 'ms', samples },
    // Each request against the plain median: holds the noise of the path itself too.
    { name: 'latency-single-error-p99', value: quantile(single, 0.99), unit: 'ms', samples },
    {
      name: 'proxy-hop-p50',
      value: quantile(plain, 0.5) - quantile(direct, 0.5),
      unit: 'ms',
      baseline: quantile(direct, 0.5),
      samples,
    },
  ];
}
