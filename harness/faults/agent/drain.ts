import type { Alarm } from './alarm.ts';
import type { Route } from './route.ts';

/** A keep-alive connection that has been silent for this long is between two requests, and may be closed. */
const IDLE_MS = 250;
/** After half of the time, this must do: busy connections are rarely silent for long. */
const SHORT_IDLE_MS = 20;
/** Shorter than the grace time that a stop of the container gives. */
export const DRAIN_MS = 6_000;

/**
 * Lets the carried connections end: closes each once it is silent, cuts what is still busy at the deadline.
 * Resolves with the number that had to be cut.
 */
export function drainRoutes(routes: readonly Route[], alarm: Alarm): Promise<number> {
  const startedMs = alarm.now();
  const ending = new WeakSet();
  return new Promise((resolve) => {
    const round = () => {
      const now = alarm.now();
      const open = routes.flatMap((route) => [...route.carried]);
      if (open.length === 0) return resolve(0);
      if (now - startedMs >= DRAIN_MS) {
        for (const carried of open) carried.destroy();
        return resolve(open.length);
      }
      const idleMs = now - startedMs < DRAIN_MS / 2 ? IDLE_MS : SHORT_IDLE_MS;
      for (const carried of open) {
        if (ending.has(carried) || now - carried.lastByteMs < idleMs) continue;
        ending.add(carried);
        carried.end();
      }
      alarm.at(now + 10, round);
    };
    round();
  });
}
