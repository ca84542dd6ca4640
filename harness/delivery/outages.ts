import type { Outage } from '../contract/rollout-result';
import type { RequestSample } from './ports';

/** Measures, by what the front tells, the times in which a strategy leaves nobody to serve. */
export interface OutageWatch {
  add(sample: RequestSample): void;
  begins(atMs: number): void;
  nobodyServes(atMs: number): void;
  all(): readonly Outage[];
}

interface Open {
  readonly beginsAtMs: number;
  emptyAtMs: number;
  lastAnswerAtMs: number | undefined;
  firstAnswerAtMs: number | undefined;
  firstUnservedAtMs: number | undefined;
  unserved: number;
}

/** One that begins while the one before has seen no answer yet is the same. */
export function outageWatch(): OutageWatch {
  const all: Open[] = [];
  let lastAnswerAtMs: number | undefined;
  const later = (atMs: number) => Math.max(lastAnswerAtMs ?? -Infinity, atMs);
  return {
    add({ startedAtMs, endedAtMs, servedBy }) {
      const now = all.at(-1);
      if (servedBy === undefined) {
        if (now === undefined || startedAtMs < now.beginsAtMs || now.firstAnswerAtMs !== undefined) return;
        now.unserved += 1;
        now.firstUnservedAtMs = Math.min(now.firstUnservedAtMs ?? Infinity, startedAtMs);
        return;
      }
      if (now === undefined || startedAtMs < now.emptyAtMs) {
        lastAnswerAtMs = later(endedAtMs);
        // Lines of the front come late.
        if (now !== undefined && now.firstAnswerAtMs === undefined) now.lastAnswerAtMs = lastAnswerAtMs;
        return;
      }
      now.firstAnswerAtMs = Math.min(now.firstAnswerAtMs ?? Infinity, endedAtMs);
      lastAnswerAtMs = later(endedAtMs);
    },
    begins(atMs) {
      const now = all.at(-1);
      if (now !== undefined && now.firstAnswerAtMs === undefined) return;
      const nothing = { firstAnswerAtMs: undefined, firstUnservedAtMs: undefined, unserved: 0 };
      all.push({ beginsAtMs: atMs, emptyAtMs: Infinity, lastAnswerAtMs, ...nothing });
    },
    nobodyServes(atMs) {
      const now = all.at(-1);
      if (now?.emptyAtMs === Infinity) now.emptyAtMs = atMs;
    },
    all: () =>
      all.map(({ lastAnswerAtMs, firstAnswerAtMs, firstUnservedAtMs = Infinity, unserved }) => ({
        // What was under way is ended meanwhile, or hangs: that serves nobody who comes.
        ...(lastAnswerAtMs === undefined ? {} : { lastAnswerAtMs: Math.min(lastAnswerAtMs, firstUnservedAtMs) }),
        ...(firstAnswerAtMs === undefined ? {} : { firstAnswerAtMs }),
        unserved,
      })),
  };
}
