import { deferred } from './deferred';
import { untilAborted } from './bounded';
import { deadline, monotonicMs, sleep } from './clock';
import type { ErrorCode } from './error-codes';
import { HarnessError, errorMessage, type Facts } from './errors';

export interface PollOptions {
  /** What is waited for, as a person would say it: "revision orders-r2 is ready". */
  readonly condition: string;
  readonly timeoutMs: number;
  /** Default 100 ms. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
  /** Error code when the deadline passes. Default `timed-out`. */
  readonly code?: ErrorCode;
  readonly hint?: string;
  /** Facts of the last thing seen, for the error. */
  readonly describe?: () => Facts;
}

/** A probe that is under way when the time is over, or the signal aborted, may still end by itself; one that hangs is left behind. */
const PROBE_GRACE_MS = 10_000;

/**
 * Calls `probe` until it returns something other than `undefined`, and returns that. A probe that throws counts as
 * "not yet"; its last error becomes the cause. Throws a {@link HarnessError} that keeps the last thing seen when the deadline passes.
 */
export async function poll<T>(probe: () => Promise<T | undefined> | T | undefined, options: PollOptions): Promise<T> {
  const startedMs = monotonicMs();
  let lastError: unknown;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const value = await bounded(probe, options.timeoutMs - (monotonicMs() - startedMs), options.signal);
      if (value !== undefined) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    const waitedMs = monotonicMs() - startedMs;
    if (waitedMs >= options.timeoutMs || lastError instanceof Unanswered) {
      const last = lastError === undefined ? '' : `; last error: ${errorMessage(lastError)}`;
      throw new HarnessError(options.code ?? 'timed-out', {
        message: `gave up after ${Math.round(waitedMs)} ms waiting until ${options.condition}${last}`,
        facts: { waitedMs, limitMs: options.timeoutMs, ...options.describe?.() },
        ...(options.hint === undefined ? {} : { hint: options.hint }),
        ...(lastError === undefined ? {} : { cause: lastError }),
      });
    }
    await sleep(options.intervalMs ?? 100, options.signal);
  }
}

/** A probe that was left behind. */
class Unanswered extends Error {}

async function bounded<T>(probe: () => Promise<T> | T, leftMs: number, signal: AbortSignal | undefined): Promise<T> {
  const late = deferred<never>();
  const giveUp = () => late.reject(new Unanswered('it does not answer'));
  const stop = Number.isFinite(leftMs) ? deadline(Math.max(0, leftMs) + PROBE_GRACE_MS, giveUp) : () => undefined;
  try {
    const answer = Promise.race([(async () => probe())(), late.promise]);
    return await (signal === undefined ? answer : untilAborted(answer, signal, PROBE_GRACE_MS));
  } finally {
    stop();
  }
}
