import type { SlowCounts } from '../../contract/slow-answers';
import { clusteredTrials, type ClusteredTrials } from '../../statistics/design-effect';
import { quantile } from '../../statistics/quantile';
import type { RolloutSettings } from '../strategies/settings';

/** Of fewer answers the 99th percentile is the slowest one. */
const MIN_FOR_LIMIT = 100;

/**
 * Answers that ended in the same so many ms are one cluster: a process that pauses (it collects garbage, the machine took its core) lets all
 * go at once that came meanwhile. Counted one by one, a single pause would pass for a slow release; the exact test wants trials that are
 * independent. To drop what follows closely would not do: of two revisions that are equally slow the busier one would lose more.
 */
const CLUSTER_MS = 1_000;

export type Side = 'canary' | 'stable';

/** Counts the answers that are slower than a limit. */
export interface SlowTail {
  /** Whether it is a slow one; `undefined` where it does not count. */
  add(side: Side, answer: { readonly endedAtMs: number; readonly latencyMs: number }): boolean | undefined;
  /** Absent as long as stable has answered too little to have a limit. */
  readonly limitMs: number | undefined;
  /** Between these times the load was not as usual: answers of the seconds that touch them count no more, but in {@link inAll}. */
  spoil(fromMs: number, toMs: number): void;
  of(side: Side): SlowCounts;
  /** Those of spoiled seconds too. */
  inAll(side: Side): SlowCounts;
}

/**
 * What is slow: `slowerThanMs`, or else what stable's slowest in a hundred exceed by more than a release may be slower. `undefined` when
 * stable has answered too little to know.
 *
 * The limit is frozen before what is counted against it: then whether an answer is slow depends on that answer alone, and the exact test
 * holds at each look, whatever becomes of both meanwhile. Taken from the very answers that are compared, stable's own percentile would leave
 * stable with its one in a hundred by definition; the percentile of both together would do (the quantile test of Johnson, Verrill & Moore,
 * Biometrics 43, 1987), but it moves, and "slower than 310 ms" would mean something else at each look.
 */
export function slowLimitMs(stableLatenciesMs: readonly number[], settings: RolloutSettings): number | undefined {
  if (settings.slowerThanMs !== undefined) return settings.slowerThanMs;
  if (stableLatenciesMs.length < MIN_FOR_LIMIT) return undefined;
  const p99Ms = quantile(stableLatenciesMs, 0.99);
  return p99Ms + Math.max(settings.latencyRiseMs, settings.latencyRiseRatio * p99Ms);
}

/** Opens a count against `limitMs`. Where there is none yet, stable's first answers make one, and what comes after them is counted. */
export function slowTail(limitMs: number | undefined, settings: RolloutSettings): SlowTail {
  const counts = { canary: clusteredTrials(), stable: clusteredTrials() };
  const all = { canary: clusteredTrials(), stable: clusteredTrials() };
  const spoiled = new Set<number>();
  const before: number[] = [];
  let limit = limitMs;
  return {
    get limitMs() {
      return limit;
    },
    add(side, { endedAtMs, latencyMs }) {
      if (limit === undefined) {
        if (side === 'stable') before.push(latencyMs);
        limit = slowLimitMs(before, settings);
        return undefined;
      }
      const cluster = Math.floor(endedAtMs / CLUSTER_MS);
      const isSlow = latencyMs > limit;
      all[side].add(cluster, isSlow);
      if (spoiled.has(cluster)) return undefined;
      counts[side].add(cluster, isSlow);
      return isSlow;
    },
    spoil(fromMs, toMs) {
      for (let cluster = Math.floor(fromMs / CLUSTER_MS); cluster <= Math.floor(toMs / CLUSTER_MS); cluster += 1) {
        spoiled.add(cluster);
        for (const side of [counts.canary, counts.stable]) side.drop(cluster);
      }
    },
    of: (side) => countsOf(counts[side]),
    inAll: (side) => countsOf(all[side]),
  };
}

function countsOf(counted: ClusteredTrials): SlowCounts {
  return { requests: counted.trials, slow: counted.hits, designEffect: counted.designEffect() };
}

/** Answers of stable against a limit, to compare with later. */
export interface SlowBaseline {
  readonly limitMs: number;
  readonly stable: SlowCounts;
}

/** What is counted of stable so far, when there is a limit. */
export function slowBaseline(tail: SlowTail | undefined): { readonly slow?: SlowBaseline } {
  return tail?.limitMs === undefined ? {} : { slow: { limitMs: tail.limitMs, stable: tail.of('stable') } };
}
