import type { LoadCounts } from './counts';

/** What the counts were at one moment. */
export interface CountsAt {
  /** Wall ms since the epoch. */
  readonly atMs: number;
  readonly counts: LoadCounts;
}

export interface SteadyCondition {
  /** Largest share of requests that failed, were lost, or could not be sent; 0.001 is 0.1 %. */
  readonly errorRatioMax: number;
  /** For how long it must hold, ms. */
  readonly holdMs: number;
  /** Requests that must have ended in that time. */
  readonly minRequests: number;
}

/** The last stretch of a load against a {@link SteadyCondition}. */
export interface Steadiness {
  readonly steady: boolean;
  readonly observedMs: number;
  readonly ended: number;
  readonly bad: number;
  /** Of the bad ones, those that could not be sent: that is not the stack's doing. */
  readonly unsent: number;
  readonly errorRatio: number;
}

/** Looks at the last `holdMs` of `history` (oldest first). A history that is shorter is not steady yet. */
export function steadiness(history: readonly CountsAt[], condition: SteadyCondition): Steadiness {
  const newest = history[history.length - 1];
  const base =
    newest === undefined ? undefined : history.findLast(({ atMs }) => atMs <= newest.atMs - condition.holdMs);
  const from = base ?? history[0];
  if (newest === undefined || from === undefined) {
    return { steady: false, observedMs: 0, ended: 0, bad: 0, unsent: 0, errorRatio: 0 };
  }
  const growth = (name: keyof LoadCounts) => newest.counts[name] - from.counts[name];
  const unsent = growth('unsent');
  const bad = growth('failed') + growth('lost') + unsent;
  const ended = growth('ok') + bad;
  const errorRatio = ended === 0 ? 0 : bad / ended;
  return {
    steady: base !== undefined && ended >= condition.minRequests && errorRatio <= condition.errorRatioMax,
    observedMs: newest.atMs - from.atMs,
    ended,
    bad,
    unsent,
    errorRatio,
  };
}
