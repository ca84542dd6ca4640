import type { LoadedConfig } from '../contract/config-file';
import { hasCode } from '../core/errors';
import type { Progress } from '../core/progress';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';
import { awaitLock } from './await-lock';
import type { ProjectLock } from './lock';
import { takeProject, takeService, type LocksOf } from './locks';
import { unfinishedRelease } from './release/file';

export interface HoldOptions {
  readonly loaded: LoadedConfig;
  readonly command: string;
  /** Rolls out this service alone. Default: whatever there is. */
  readonly service?: string;
  /** How long whoever is refused waits for it, ms. Default 0. */
  readonly waitMs?: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What a command has taken of a project. Disposing gives it back. */
export interface Holding extends Disposable {
  /** The services of which it may end what a dead command left. Default: all. */
  readonly services?: readonly string[];
  /** What dead commands left has been ended: keeps only what was asked for. Idempotent. */
  narrow(): Promise<void>;
}

/**
 * Takes a project, or one service of it for a rollout: then also those of which a dead command left a rollout, as far as nobody has them, to end
 * it; and all of it where a dead command left a whole release.
 * @throws HarnessError `project-locked`, naming the holder
 */
export async function hold(options: HoldOptions): Promise<Holding> {
  const { loaded, command, service, waitMs, progress, signal } = options;
  const { stateDirectory, project } = loaded;
  const of: LocksOf = { stateDirectory, project, command };
  const what = service === undefined ? loaded.config.name : service;
  const wait = {
    says: `waiting until nobody else changes ${what}`,
    progress,
    signal,
    ...(waitMs === undefined ? {} : { waitMs }),
  };
  const locks = new Map<string | undefined, ProjectLock>();
  const add = (name: string | undefined, lock: ProjectLock) => {
    locks.set(name, lock);
    if (lock.tookOver !== undefined) progress.step(lock.tookOver);
  };
  const { lock, isWhole } = await awaitLock(() => take(options, of), wait);
  add(isWhole ? undefined : service, lock);
  for (const other of isWhole || service === undefined ? [] : leftAlone(loaded, service)) {
    try {
      add(other, await takeService(other, of));
    } catch (error) {
      // Somebody ends it, or rolls it out anew.
      if (!hasCode(error, 'project-locked')) throw error;
    }
  }
  return {
    ...(isWhole ? {} : { services: [...locks.keys()].filter((name) => name !== undefined) }),
    narrow: async () => {
      if (service === undefined) return;
      if (!locks.has(service)) locks.set(service, await takeService(service, of));
      for (const [name, lock] of locks) {
        if (name === service) continue;
        lock[Symbol.dispose]();
        locks.delete(name);
      }
    },
    [Symbol.dispose]: () => {
      for (const lock of locks.values()) lock[Symbol.dispose]();
      locks.clear();
    },
  };
}

/** Whoever died in the middle of a release may have done so while we waited. */
async function take({ loaded, service }: HoldOptions, of: LocksOf): Promise<{ lock: ProjectLock; isWhole: boolean }> {
  const isReleased = () => unfinishedRelease(loaded) !== undefined;
  if (service === undefined || isReleased()) return { lock: takeProject(of), isWhole: true };
  const lock = await takeService(service, of);
  if (!isReleased()) return { lock, isWhole: false };
  lock[Symbol.dispose]();
  return { lock: takeProject(of), isWhole: true };
}

/** The services of which the records tell of a rollout that has not ended, but for one. */
function leftAlone({ stateDirectory }: LoadedConfig, service: string): string[] {
  const unfinished = openRevisionStore(revisionsPath(stateDirectory)).unfinished();
  return [...new Set(unfinished.map((revision) => revision.service))].filter((other) => other !== service);
}
