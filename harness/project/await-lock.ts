import { monotonicMs, sleep } from '../core/clock';
import { HarnessError, hasCode } from '../core/errors';
import type { Progress } from '../core/progress';

/** How often whoever waits looks whether it is its turn, ms. */
const LOOK_MS = 500;

export interface AwaitLockOptions {
  /** Default 0: who does not get it at once is refused. */
  readonly waitMs?: number;
  /** What is waited for, said with each holder once: of many that wait, another one may come first. */
  readonly says: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Takes what `take` takes, as soon as whoever has it gives it back, or dies.
 * @throws HarnessError `project-locked`, once `waitMs` are over; the reason of the signal
 */
export async function awaitLock<T>(take: () => T | Promise<T>, options: AwaitLockOptions): Promise<T> {
  const { waitMs = 0, says, progress, signal } = options;
  const startedMs = monotonicMs();
  let told: string | undefined;
  for (;;) {
    try {
      return await take();
    } catch (error) {
      if (!hasCode(error, 'project-locked') || waitMs === 0) throw error;
      const { command, pid, since } = error.facts;
      const holder = `${String(command)} (pid ${String(pid)}, since ${String(since)})`;
      if (holder !== told) progress.step(says, { holder });
      told = holder;
      if (monotonicMs() - startedMs >= waitMs) throw waitedInVain(error, waitMs);
    }
    await sleep(Math.min(LOOK_MS, waitMs), signal);
  }
}

function waitedInVain({ message, facts, hint }: HarnessError, waitMs: number): HarnessError {
  return new HarnessError('project-locked', {
    message: `${message}, still after ${waitMs / 1_000} s`,
    facts: { ...facts, waitMs },
    ...(hint === undefined ? {} : { hint }),
  });
}
