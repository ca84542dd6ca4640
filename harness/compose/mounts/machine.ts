import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { isWithin } from './paths';

/** What this machine has mounted, and where somebody listens at a socket. Empty where the system does not tell. */
export interface Machine {
  readonly mounts: readonly { readonly at: string; readonly fs: string }[];
  /** Paths of sockets as whoever listens gave them. */
  readonly listening: readonly string[];
}

export function readMachine(): Machine {
  return {
    mounts: mountsIn(text('/proc/self/mountinfo')),
    listening: socketsIn(text('/proc/net/unix')),
  };
}

/** `36 35 98:0 / /mnt rw,noatime shared:1 - ext3 /dev/root rw`: https://docs.kernel.org/filesystems/proc.html */
export function mountsIn(mountinfo: string): Machine['mounts'] {
  return mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const at = left.split(' ')[4];
    return at === undefined ? [] : [{ at: unescaped(at), fs: right.split(' ')[0] ?? '' }];
  });
}

/** `0000…: 00000002 00000000 00010000 0001 01 20735 /run/docker.sock`; names that begin with `@` are no files. */
export function socketsIn(unix: string): string[] {
  const paths = unix.split('\n').flatMap((line) => /^\S+: (?:\S+ +){5}\d+ (\/.*)$/.exec(line)?.[1] ?? []);
  return [...new Set(paths)];
}

/** The type of the file system that a path lies on. */
export function fileSystemOf(path: string, { mounts }: Machine): string {
  const over = mounts.filter(({ at }) => isWithin(path, at));
  return over.sort((a, b) => a.at.length - b.at.length).at(-1)?.fs ?? '';
}

/** What is mounted below a folder, by what lies on top. */
export function mountsBelow(folder: string, { mounts }: Machine): { at: string; fs: string }[] {
  const below = mounts.filter(({ at }) => at !== folder && isWithin(at, folder));
  return [...new Map(below.map((mount) => [mount.at, mount])).values()];
}

/** A file of a socket may have been given with a link in its path, as `/var/run`. */
export function listeningBelow(folder: string, sockets: readonly string[], real: (path: string) => string): string[] {
  return [...new Set(sockets.map((path) => posix.join(real(posix.dirname(path)), posix.basename(path))))].filter(
    (path) => path !== folder && isWithin(path, folder),
  );
}

/** A space in a path is written `\040`. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
