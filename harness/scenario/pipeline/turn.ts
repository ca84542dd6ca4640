import { hasCode } from '../../core/errors';
import { sleep } from '../../core/clock';
import type { Progress } from '../../core/progress';
import { acquireLock, type LockOptions, type ProjectLock } from '../../project/lock';

/** How often a pipeline that waits looks whether it is its turn, ms. */
const LOOK_MS = 500;

/** Waits until no other pipeline of the project runs: the lock is given back by whoever ends, and taken over from whoever dies. */
export async function awaitTurn(options: LockOptions, progress: Progress, signal: AbortSignal): Promise<ProjectLock> {
  let told: string | undefined;
  for (;;) {
    try {
      const lock = acquireLock(options);
      if (lock.tookOver !== undefined) progress.step(lock.tookOver);
      return lock;
    } catch (error) {
      if (!hasCode(error, 'project-locked')) throw error;
      const holder = String(error.facts['command']);
      // Each holder once: of many that wait, another one may come first.
      if (holder !== told) progress.step('waiting for its turn: another pipeline of the project runs', { holder });
      told = holder;
    }
    await sleep(LOOK_MS, signal);
  }
}
