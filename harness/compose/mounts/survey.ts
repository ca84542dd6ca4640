import { opendirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import { engineSocket } from '../../docker/client';
import { fileSystemOf, listeningBelow, mountsBelow, readMachine, type Machine } from './machine';
import type { Look } from './record';

/** Entries of a folder, and of those in it, that are looked at for sockets. Those that somebody listens at are known without. */
const WALK_LIMIT = 20_000;

/** Looks at sources, where the Engine is one of this machine. Changes nothing, and speaks to no socket. */
export function surveyMounts(sources: Iterable<string>): Record<string, Look> {
  const unique = [...new Set(sources)];
  if (unique.length === 0) return {};
  const socket = engineSocket();
  if (socket === undefined) return Object.fromEntries(unique.map((source) => [source, unseen(source)]));
  const machine = readMachine();
  const listening = [...machine.listening, socket];
  return Object.fromEntries(unique.map((source) => [source, lookAt(source, { ...machine, listening })]));
}

/** Paths are those of the Engine's machine. */
function unseen(source: string): Look {
  return { real: source, kind: 'unknown', fs: '', sockets: [], live: [], mounts: [] };
}

function lookAt(source: string, machine: Machine): Look {
  const real = realOf(source);
  const stat = statOf(real);
  const kind = kindOf(stat);
  const isFolder = kind === 'folder';
  return {
    ...{ real, kind, fs: fileSystemOf(real, machine) },
    sockets: isFolder ? socketsBelow(real) : [],
    live: isFolder ? listeningBelow(real, machine.listening, realOf).filter(isSocket) : [],
    mounts: isFolder ? mountsBelow(real, machine) : [],
  };
}

/** Without links, as far as it exists. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = posix.dirname(path);
    return above === path ? path : posix.join(realOf(above), posix.basename(path));
  }
}

function statOf(path: string): Stats | 'denied' | undefined {
  try {
    return statSync(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'denied' : undefined;
  }
}

function isSocket(path: string): boolean {
  return kindOf(statOf(path)) === 'socket';
}

/** What we may not look at the Engine may; it is most often a folder. */
function kindOf(stat: Stats | 'denied' | undefined): Look['kind'] {
  if (stat === undefined) return 'missing';
  if (stat === 'denied' || stat.isDirectory()) return 'folder';
  if (stat.isSocket()) return 'socket';
  return stat.isFile() ? 'file' : 'device';
}

function socketsBelow(folder: string): string[] {
  const found: string[] = [];
  const left = [folder];
  for (let seen = 0; left.length > 0 && seen < WALK_LIMIT;) {
    const next = left.shift() ?? folder;
    for (const entry of entriesOf(next, WALK_LIMIT - seen)) {
      seen += 1;
      const path = posix.join(next, entry.name);
      if (entry.isSocket()) found.push(path);
      if (entry.isDirectory()) left.push(path);
    }
  }
  return found;
}

function entriesOf(folder: string, limit: number) {
  const entries = [];
  try {
    const directory = opendirSync(folder);
    try {
      for (let entry = directory.readSync(); entry !== null && entries.length < limit; entry = directory.readSync()) {
        entries.push(entry);
      }
    } finally {
      directory.closeSync();
    }
  } catch {
    // What we may not read tells us nothing.
  }
  return entries;
}
