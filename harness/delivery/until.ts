import { HarnessError } from '../core/errors';
import type { DeliveryClock } from './ports';

/** How often the controller looks, ms. A fifth of what detection may take at most. */
export const TICK_MS = 100;

/** Asks `probe` every tick of the controller's own clock until it says true. @throws HarnessError `timed-out` */
export async function until(
  clock: DeliveryClock,
  options: { readonly condition: string; readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  probe: () => Promise<boolean>,
): Promise<void> {
  const startedMs = clock.now();
  while (!(await probe())) {
    options.signal?.throwIfAborted();
    const waitedMs = clock.now() - startedMs;
    if (waitedMs >= options.timeoutMs) {
      throw new HarnessError('timed-out', {
        message: `gave up after ${Math.round(waitedMs)} ms waiting until ${options.condition}`,
        facts: { waitedMs, limitMs: options.timeoutMs },
      });
    }
    await clock.sleep(TICK_MS, options.signal);
  }
}
