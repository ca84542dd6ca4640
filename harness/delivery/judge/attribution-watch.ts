import { quantile } from '../../statistics/quantile';
import type { AttributionFacts } from './attribution';
import type { RequestSample } from '../ports';
import type { Side } from './slow-tail';

interface Stretch {
  stable: { requests: number; errors: number };
  readonly replicas: Map<string, { requests: number; errors: number }>;
  stableMs: number[];
  requests: number;
  /** Of each second, by when they began. */
  readonly bySecond: Map<number, number>;
  fromMs: number | undefined;
  toMs: number;
}

/** Latencies of stable that are enough for a median. */
const LATENCIES_KEPT = 1_000;

/** Counts what it takes to say whose fault something is: before the new revision had traffic, and since the latest step began. */
export interface AttributionWatch {
  /** Takes one request, or what it is now in the place of what was told of it before: then it is one that failed more. */
  add(side: Side, sample: RequestSample, replaces?: RequestSample): void;
  /** A step begins that is judged. */
  begin(): void;
  facts(isWorse: boolean): AttributionFacts;
}

/** Of less there is no rate, ms. */
const SHORTEST_MS = 100;

/** A load that grows does so at some moment of a step: its busiest seconds tell, so many together. */
const BUSIEST_S = 2;

/** Opens it, at the beginning of a rollout. */
export function attributionWatch(): AttributionWatch {
  const before = stretch();
  let now = before;
  const countedIn = new WeakMap<RequestSample, Stretch>();
  /** The request itself was counted when it was told of first, in a stretch that may be over by now. */
  const correct = (side: Side, sample: RequestSample, replaces: RequestSample): void => {
    const own = countedIn.get(replaces);
    if (own === undefined || sample.error === replaces.error) return;
    countedIn.set(sample, own);
    const counts = side === 'stable' ? own.stable : own.replicas.get(sample.replica ?? '');
    if (counts !== undefined) counts.errors += sample.error ? 1 : -1;
  };
  return {
    add(side, sample, replaces) {
      if (replaces !== undefined) return correct(side, sample, replaces);
      countedIn.set(sample, now);
      const { error, revision, servedBy, replica, startedAtMs, endedAtMs, latencyMs } = sample;
      now.requests += 1;
      const second = Math.floor(startedAtMs / 1_000);
      now.bySecond.set(second, (now.bySecond.get(second) ?? 0) + 1);
      now.fromMs = Math.min(now.fromMs ?? Infinity, startedAtMs);
      now.toMs = Math.max(now.toMs, endedAtMs);
      if (side === 'stable') {
        count(now.stable, error);
        if (!error && latencyMs !== undefined && now.stableMs.length < LATENCIES_KEPT) now.stableMs.push(latencyMs);
      } else if (replica !== undefined && servedBy === revision) {
        const own = now.replicas.get(replica) ?? { requests: 0, errors: 0 };
        now.replicas.set(replica, own);
        count(own, error);
      }
    },
    begin() {
      now = stretch();
    },
    facts: (isWorse) => ({
      isWorse,
      replicas: [...now.replicas].map(([name, counts]) => ({ name, ...counts })),
      stable: now.stable,
      stableBefore: before.stable,
      ...(now.stableMs.length === 0 ? {} : { stableMs: quantile(now.stableMs, 0.5) }),
      ...(before.stableMs.length === 0 ? {} : { stableBeforeMs: quantile(before.stableMs, 0.5) }),
      ratePerSecond: rateOf(now),
      rateBefore: rateOf(before),
    }),
  };
}

function stretch(): Stretch {
  return {
    stable: { requests: 0, errors: 0 },
    replicas: new Map(),
    stableMs: [],
    requests: 0,
    bySecond: new Map(),
    fromMs: undefined,
    toMs: 0,
  };
}

function count(counts: { requests: number; errors: number }, isError: boolean): void {
  counts.requests += 1;
  if (isError) counts.errors += 1;
}

/** Of its busiest seconds: those that wait, and end later or never, would make the average a rate of answers. */
function rateOf({ requests, fromMs, toMs, bySecond }: Stretch): number {
  if (fromMs === undefined) return 0;
  const average = (1_000 * requests) / Math.max(SHORTEST_MS, toMs - fromMs);
  const sums = [...bySecond.keys()].map((first) =>
    Array.from({ length: BUSIEST_S }, (_, n) => bySecond.get(first + n) ?? 0).reduce((sum, count) => sum + count),
  );
  return Math.max(average, Math.max(...sums) / BUSIEST_S);
}
