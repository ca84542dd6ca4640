import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { mergeRecords, mountRecord, NO_MOUNTS, type MountRecord } from '../compose/mounts/record';
import { writeFileAtomic } from '../core/atomic-file';
import { HarnessError, errorMessage, hasCode } from '../core/errors';
import { contentHash } from '../core/ids';
import { requireVersion } from '../core/state-version';

/** Of the file. */
const VERSION = 1;

const pathOf = (stateDirectory: string) => join(stateDirectory, 'mounts.json');

/**
 * What stands for the mounts of a stack that is up, as it was decided when each was first mounted. Read anew each time: rollouts of two services
 * at once are two processes.
 * @throws HarnessError `state-newer`, `stack-outdated`
 */
export function readMounts(stateDirectory: string): MountRecord {
  const path = pathOf(stateDirectory);
  if (!existsSync(path)) return NO_MOUNTS;
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    requireVersion(value, path, VERSION);
    return mountRecord.parse(value);
  } catch (cause) {
    if (hasCode(cause, 'state-newer')) throw cause;
    const why = cause instanceof z.ZodError ? 'another version of rollproof wrote it' : errorMessage(cause);
    throw new HarnessError('stack-outdated', {
      message: `what stands for the mounts of the stack cannot be read from ${path}: ${why}`,
      facts: { path },
      hint: 'Take the stack down with `npm run down`, and bring it up again. Nothing was changed.',
      cause,
    });
  }
}

/** Adds to the file, once more where another process has replaced it meanwhile. */
export function addMounts(stateDirectory: string, record: MountRecord): void {
  for (;;) {
    const known = readMounts(stateDirectory);
    const merged = mergeRecords(known, record);
    if (contentHash(merged) === contentHash(known)) return;
    writeFileAtomic(pathOf(stateDirectory), `${JSON.stringify({ version: VERSION, ...merged })}\n`);
  }
}

export function forgetMounts(stateDirectory: string): void {
  rmSync(pathOf(stateDirectory), { force: true });
}
