import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Revision } from './revision';
import { RevisionFiles, ofAll } from './revision-files';
import { groupBy } from '../../core/group-by';

/** Revisions remembered per service, unless the configuration says otherwise. As many as Kubernetes keeps. */
export const HISTORY_LIMIT = 10;

/** Stopped revisions per service whose containers are kept, ready to be started again. */
export const STOPPED_SETS_LIMIT = 5;

/** The revisions of a project. Every change is complete and on the disk before it returns. */
export interface RevisionStore {
  /** All revisions of all services, or of one; oldest first. */
  list(service?: string): readonly Revision[];
  /** The revision that is stable now. */
  stable(service: string): Revision | undefined;
  /** Adds revisions, or replaces those of the same label. */
  put(...revisions: readonly Revision[]): void;
  remove(...labels: readonly string[]): void;
  /** The revisions whose rollout has begun and not ended. */
  unfinished(service?: string): readonly Revision[];
}

/** Where a project's state has its revisions: a file a service. */
export function revisionsPath(stateDirectory: string): string {
  return join(stateDirectory, 'revisions');
}

/** Whether there are any, of whatever version. */
export function hasRevisions(stateDirectory: string): boolean {
  const path = revisionsPath(stateDirectory);
  return existsSync(path) || existsSync(ofAll(path));
}

export function forgetRevisions(stateDirectory: string): void {
  const path = revisionsPath(stateDirectory);
  rmSync(path, { recursive: true, force: true });
  rmSync(ofAll(path), { force: true });
}

/**
 * Opens the records. Several processes may have them open: each reads what stands there now, and the lock of a service is held by whoever writes
 * its file.
 * @throws HarnessError `revisions-corrupt` when a file is there and is not what we write, `state-newer`; nothing was changed
 */
export function openRevisionStore(path: string): RevisionStore {
  const files = new RevisionFiles(path);
  files.read();
  return storeOver({
    read: () => files.read(),
    write: (service, revisions) => files.write(service, revisions),
  });
}

/** A store that lives in memory only. */
export function memoryRevisionStore(revisions: readonly Revision[] = []): RevisionStore {
  let records = revisions;
  return storeOver({
    read: () => records,
    write: (service, own) => {
      records = [...records.filter((revision) => revision.service !== service), ...own].sort(inOrder);
    },
  });
}

interface Records {
  /** All of them, in order. */
  read(): readonly Revision[];
  /** Replaces those of a service. */
  write(service: string, revisions: readonly Revision[]): void;
}

const inOrder = (a: Revision, b: Revision) => a.service.localeCompare(b.service) || a.number - b.number;

function storeOver(records: Records): RevisionStore {
  const list = (service?: string) => {
    const all = records.read();
    return service === undefined ? all : all.filter((revision) => revision.service === service);
  };
  return {
    list,
    stable: (service) => list(service).findLast((revision) => revision.status === 'stable'),
    put: (...revisions) => {
      for (const [service, own] of groupBy(revisions, (revision) => revision.service)) {
        const kept = list(service).filter((old) => !own.some(({ label }) => label === old.label));
        records.write(service, [...kept, ...own].sort(inOrder));
      }
    },
    remove: (...labels) => {
      const gone = list().filter(({ label }) => labels.includes(label));
      for (const service of new Set(gone.map((revision) => revision.service))) {
        records.write(
          service,
          list(service).filter(({ label }) => !labels.includes(label)),
        );
      }
    },
    unfinished: (service) => list(service).filter((revision) => revision.rollout !== undefined),
  };
}

/**
 * The revisions that are too many: those whose containers go, and those to forget, with their tags. Never one that is stable, or a candidate;
 * nor the newest retired one, which is what there is to go back to.
 */
export function surplus(
  history: readonly Revision[],
  historyLimit: number = HISTORY_LIMIT,
): { readonly containers: Revision[]; readonly records: Revision[] } {
  const stopped = history
    .filter(({ status }) => status === 'retired' || status === 'failed')
    .sort((a, b) => b.number - a.number);
  const serving = history.length - stopped.length;
  const back = stopped.find(({ status }) => status === 'retired');
  return {
    containers: stopped.slice(STOPPED_SETS_LIMIT),
    records: stopped.slice(Math.max(0, historyLimit - serving)).filter((revision) => revision !== back),
  };
}
