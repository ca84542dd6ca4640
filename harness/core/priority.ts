import { spawnSync } from 'node:child_process';
import { constants, setPriority } from 'node:os';

/**
 * Asks for this process to be run before others, so that what it measures is not its own waiting: round-robin real-time scheduling
 * where we may (root on Linux), a higher priority where that is allowed, else nothing. Only for processes that use little of a core.
 */
export function runBeforeOthers(): void {
  const realtime = spawnSync('chrt', ['--all-tasks', '--rr', '--pid', '1', String(process.pid)], { stdio: 'ignore' });
  if (realtime.status !== 0) runAheadOfOthers();
}

/**
 * Asks for a somewhat higher priority, which what this process starts inherits: a release is taken out of the traffic within
 * milliseconds of the decision, also where others hold every core.
 */
export function runAheadOfOthers(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Not ours to have: figures then carry what the machine adds, and say so.
  }
}
