import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError, errorMessage } from './errors';
import { newId } from './ids';

/** What a rollout of some minutes writes into its journal, several times over, bytes. */
const ROOM_BYTES = 4 * 1024 * 1024;

/** No room, none within a quota, or a disk that takes nothing any more. */
const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EROFS'];

/**
 * Shows that there is room in a folder, by writing: a quota is seen by nothing else.
 * @throws HarnessError `disk-full`: nothing was changed
 */
export function requireRoom(directory: string, bytes: number = ROOM_BYTES): void {
  const draft = join(directory, newId('room'));
  try {
    const descriptor = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(descriptor, Buffer.alloc(bytes));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw orDiskFull(
      error,
      directory,
      `A rollout may need ${Math.round(bytes / 1024)} KiB there. Nothing was changed.`,
    );
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A failed write, as an error of ours where the disk is at fault. */
export function orDiskFull(error: unknown, path: string, more?: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (!FULL.includes(code)) return error;
  return new HarnessError('disk-full', {
    message: `${path} cannot be written: ${errorMessage(error)}`,
    facts: { path, code },
    hint: ['Make room there, or free a quota.', ...(more === undefined ? [] : [more])].join(' '),
    cause: error,
  });
}
