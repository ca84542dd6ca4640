import { z } from 'zod';
import { HarnessError } from '../../core/errors';
import { poll } from '../../core/poll';
import { quantile } from '../../statistics/quantile';
import type { ProbeResult } from '../agent/probe';
import { defineFault } from '../define';
import type { EdgeInForce } from '../kind';
import { isAnswered, requireAnswers } from '../probe';
import { milliseconds, onEdge } from '../targets';

/** Requests of one round; the median of them counts. */
const PROBES = 3;
/** Noise only adds: of these many rounds before the fault the least counts. */
const BASELINE_ROUNDS = 3;
/** The least share of the delay that the proof must see: it shows that the fault bites, the bench how exactly. */
const BITE_SHARE_MIN = 0.75;
/** How long traffic is waited for where there is no path to probe. */
const TRAFFIC_TIMEOUT_MS = 10_000;
/** How long a busy machine may take to be as quick again as before the fault. */
const REVERT_TIMEOUT_MS = 10_000;

const options = z
  .strictObject({
    ...onEdge,
    /** Added to each answer of the callee, ms. */
    delayMs: milliseconds.gt(0),
    /** Largest deviation from `delayMs`, either way, ms; the same for the same seed. */
    jitterMs: milliseconds.default(0),
  })
  .refine(({ delayMs, jitterMs }) => jitterMs < delayMs, { path: ['jitterMs'], error: 'must be smaller than delayMs' });

type OnEdge = EdgeInForce<z.output<typeof options>>;

/**
 * Delays what the callee answers, `delayMs` (ms) give or take `jitterMs` (ms, default 0), on open connections too. Two latencies on one edge
 * add up.
 */
export const latency = defineFault({
  kind: 'latency',
  carriedBy: 'agent',
  options,
  describe: ({ delayMs, jitterMs }, target) =>
    `${target} was ${delayMs}${jitterMs === 0 ? '' : ` ± ${jitterMs}`} ms slow`,
  before: async (edge) => {
    const rounds: number[] = [];
    for (let round = 0; round < BASELINE_ROUNDS; round++) rounds.push(...(await medians(edge)));
    return { baselineMs: least(rounds) };
  },
  verifyApplied: async (edge, { baselineMs }) => {
    const { delayMs, jitterMs } = edge.options;
    // The least of all callers: each must see the fault.
    const measuredMs = least(await medians(edge));
    const addedMs = measuredMs === undefined ? undefined : measuredMs - (baselineMs ?? 0);
    const leastMs = BITE_SHARE_MIN * delayMs - jitterMs;
    if (addedMs !== undefined && addedMs < leastMs) {
      throw new HarnessError('fault-did-not-bite', {
        message: `${edge.name}: answers took ${addedMs.toFixed(1)} ms longer, expected at least ${leastMs.toFixed(1)} ms`,
        facts: { edge: edge.name, addedMs, leastMs, baselineMs },
      });
    }
    const delayedChunks = await awaitDelayedChunks(edge);
    return { delayMs, baselineMs, measuredMs, addedMs, delayedChunks, samples: PROBES };
  },
  verifyReverted: async (edge, before) => {
    // Where the callers have gone, or the callee has, there is nothing left to be slow.
    const baselineMs = before?.baselineMs;
    const limitMs = (baselineMs ?? 0) + BITE_SHARE_MIN * edge.options.delayMs;
    let measuredMs: number | undefined;
    await poll(
      async () => {
        measuredMs = largest(
          (await probes(edge)).filter(isAnswered).map(({ latenciesMs }) => quantile(latenciesMs, 0.5)),
        );
        return measuredMs === undefined || measuredMs < limitMs ? true : undefined;
      },
      {
        condition: `every caller’s answers on ${edge.name} are as quick as before the fault`,
        timeoutMs: REVERT_TIMEOUT_MS,
        code: 'fault-did-not-revert',
        describe: () => ({ edge: edge.name, measuredMs, baselineMs, limitMs }),
      },
    );
    return { measuredMs };
  },
});

/** Median time of the callee's readiness path for each caller; none where no path is known. */
async function medians(edge: OnEdge): Promise<number[]> {
  return (await probes(edge)).map((result) => quantile(requireAnswers(result, edge.name), 0.5));
}

function probes(edge: OnEdge): Promise<readonly ProbeResult[]> {
  const addedMs = edge.options.delayMs + edge.options.jitterMs;
  return edge.probeEach({ count: PROBES, warmUp: 1, addedMs });
}

/** The agents' own account: each has delayed something, the probe's answers or the callers' traffic. */
async function awaitDelayedChunks(edge: OnEdge): Promise<number> {
  let delayedChunks = 0;
  return poll(
    async () => {
      const each = (await edge.stats()).map(({ facts }) => facts['delayedChunks'] ?? 0);
      delayedChunks = each.reduce((total, chunks) => total + chunks, 0);
      return each.length > 0 && each.every((chunks) => chunks > 0) ? delayedChunks : undefined;
    },
    {
      condition: `the agents of ${edge.name} have delayed an answer`,
      timeoutMs: TRAFFIC_TIMEOUT_MS,
      signal: edge.signal,
      code: 'fault-did-not-bite',
      describe: () => ({ edge: edge.name, delayedChunks }),
    },
  );
}

const least = (values: readonly number[]) => (values.length === 0 ? undefined : Math.min(...values));
const largest = (values: readonly number[]) => (values.length === 0 ? undefined : Math.max(...values));
