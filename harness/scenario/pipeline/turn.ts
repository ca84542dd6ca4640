import type { Progress } from '../../core/progress';
import { awaitLock } from '../../project/await-lock';
import { acquireLock, type LockOptions, type ProjectLock } from '../../project/lock';

/** Waits until no other pipeline of the project runs: the lock is given back by whoever ends, and taken over from whoever dies. */
export async function awaitTurn(options: LockOptions, progress: Progress, signal: AbortSignal): Promise<ProjectLock> {
  const says = 'waiting for its turn: another pipeline of the project runs';
  const lock = await awaitLock(() => acquireLock(options), { waitMs: Infinity, says, progress, signal });
  if (lock.tookOver !== undefined) progress.step(lock.tookOver);
  return lock;
}
