import type { ErrorCode } from '../core/error-codes';
import { HarnessError, errorMessage, isHarnessError } from '../core/errors';
import type { DeliveryClock } from './ports';

/** How often the controller looks, ms. A fifth of what detection may take at most. */
export const TICK_MS = 100;

/**
 * Asks `probe` every tick of the controller's own clock until it says true. A probe that throws counts as "not yet".
 * @throws HarnessError `timed-out`, or `code`, or with the code of what the probe threw last
 */
export async function until(
  clock: DeliveryClock,
  options: {
    readonly condition: string;
    readonly timeoutMs: number;
    /** Default `timed-out`. */
    readonly code?: ErrorCode;
    readonly signal?: AbortSignal | undefined;
    /** What was seen last, for the error. */
    readonly seen?: () => string | undefined;
  },
  probe: () => Promise<boolean>,
): Promise<void> {
  const startedMs = clock.now();
  for (;;) {
    let cause: unknown;
    try {
      if (await probe()) return;
    } catch (error) {
      cause = error;
    }
    options.signal?.throwIfAborted();
    const waitedMs = clock.now() - startedMs;
    if (waitedMs >= options.timeoutMs) {
      const seen = options.seen?.();
      const last =
        cause === undefined ? (seen === undefined ? '' : `: ${seen}`) : `; last error: ${errorMessage(cause)}`;
      throw new HarnessError(isHarnessError(cause) ? cause.code : (options.code ?? 'timed-out'), {
        message: `gave up after ${Math.round(waitedMs)} ms waiting until ${options.condition}${last}`,
        facts: { waitedMs, limitMs: options.timeoutMs },
        cause,
      });
    }
    await clock.sleep(TICK_MS, options.signal);
  }
}
