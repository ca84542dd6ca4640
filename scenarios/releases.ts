import { canary, recreate } from '../harness';

/** Sized for a demonstration: production names a smaller rise, and waits longer for the power to see it. */
export const BRIEF = {
  riseToDetect: 0.1,
  // A fifth of the load is 12 requests in such a window: enough for its median. From half of it on the tail is compared too.
  windowMs: 500,
  minReadyMs: 1_000,
  bakeMs: 2_000,
  // A replica boots in some seconds: ten times that on a busy machine is no fault of its release.
  readyTimeoutMs: 90_000,
};

export const BRIEF_CANARY = canary({ ...BRIEF, steps: [20, 50, 100] });

/** A good release that is not the one which is running. */
export function nextGoodImage(running: string): string {
  return running.endsWith(':next') ? running.replace(/next$/, 'good') : running.replace(/:.*$/, ':next');
}

/** The same for the mailer, whose shares are consumers: one beside one, then the new one alone. */
export const BRIEF_CONSUMERS = canary({
  steps: [50, 100],
  // A message an order: half of them are enough for such a rise within a few seconds.
  riseToDetect: 0.15,
  windowMs: 500,
  warmupRequests: 20,
  bakeMs: 2_000,
  readyTimeoutMs: 90_000,
});

/** Orders alone: each leaves a message. */
export const ORDERS_ONLY = { weights: { checkout: 1 }, ratePerSecond: 40 };

/** For what may not run twice: ten pages a second, and a rise that a few seconds of them show. */
export const BRIEF_TURN = recreate({ riseToDetect: 0.2, windowMs: 500, bakeMs: 2_000, readyTimeoutMs: 90_000 });
