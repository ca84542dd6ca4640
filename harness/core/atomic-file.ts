import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { orDiskFull } from './disk-room';
import { newId } from './ids';

export interface AtomicOptions {
  /** Exactly, whatever the umask. Default 0600. */
  readonly mode?: number;
  /** On the disk (fsync) before it is there. Default true; what dies with the machine need not be. */
  readonly durable?: boolean;
}

/**
 * Replaces a file as a whole: written aside, then renamed. Whoever reads meanwhile sees the old one or the new one, and so does whoever
 * comes after a power cut; what is durable is the new one once this returns. Makes missing folders, 0700.
 * @throws HarnessError `disk-full`: the old one is as it was
 */
export function writeFileAtomic(path: string, text: string, options: AtomicOptions = {}): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  aside(path, text, options, (draft) => renameSync(draft, path));
}

/** As {@link writeFileAtomic}, but only if there is no such file: whether it was made. */
export function createFileAtomic(path: string, text: string, options: AtomicOptions = {}): boolean {
  try {
    // A link, unlike a rename, refuses to replace.
    aside(path, text, options, (draft) => linkSync(draft, path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Points a symbolic link somewhere else, in one step. */
export function linkAtomic(target: string, path: string): void {
  const draft = `${path}.${newId('tmp')}`;
  symlinkSync(target, draft);
  renameSync(draft, path);
}

/** A name is on the disk only once its folder is. */
function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function aside(path: string, text: string, options: AtomicOptions, put: (draft: string) => void): void {
  const { mode = 0o600, durable = true } = options;
  const draft = `${path}.${newId('tmp')}`;
  try {
    const descriptor = openSync(draft, 'wx', mode);
    try {
      fchmodSync(descriptor, mode);
      writeFileSync(descriptor, text);
      if (durable) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    put(draft);
    if (durable) syncFolder(dirname(path));
  } catch (error) {
    throw orDiskFull(error, path);
  } finally {
    rmSync(draft, { force: true });
  }
}
