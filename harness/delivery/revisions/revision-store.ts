import { join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { writeFileAtomic } from '../../core/atomic-file';
import { HarnessError, errorMessage, hasCode } from '../../core/errors';
import { requireVersion } from '../../core/state-version';
import { workerSettings } from '../../contract/worker-config';
import type { Revision } from './revision';
import { strategyRecordSchema } from './strategy-record';

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

/** Of the file. A newer one is refused as a whole: what this version does not know it would not write again. */
const VERSION = 1;

const resources = z.record(z.string(), z.looseObject({}).nullable());
const markSchema = z
  .object({ id: z.string(), journalPath: z.string().exactOptional(), strategy: z.unknown().optional() })
  // One of another version is none: without it the way back is known all the same, and the other records are worth more.
  .transform(({ strategy, ...mark }) => {
    const { data } = strategyRecordSchema.safeParse(strategy);
    return data === undefined ? mark : { ...mark, strategy: data };
  });
const revisionSchema = z.object({
  service: z.string(),
  number: z.int().positive(),
  label: z.string(),
  image: z.string(),
  imageId: z.string(),
  content: z.string(),
  definition: z.object({
    service: z.looseObject({}),
    networks: resources,
    volumes: resources,
    secrets: resources,
    configs: resources,
  }),
  settings: z.union([
    workerSettings,
    z.looseObject({ port: z.int(), readiness: z.string(), drainMs: z.number().exactOptional() }),
  ]),
  slot: z.enum(['blue', 'green']),
  status: z.enum(['stable', 'candidate', 'retired', 'failed']),
  rollout: markSchema.exactOptional(),
});
const fileSchema = z.object({ version: z.int().default(VERSION), revisions: z.array(revisionSchema) });

/** Where a project's state has its revisions. */
export function revisionsPath(stateDirectory: string): string {
  return join(stateDirectory, 'revisions.json');
}

/**
 * Opens `revisions.json`. Two processes never write it: the project's lock is held by who does.
 * @throws HarnessError `revisions-corrupt` when the file is there and is not what we write, `state-newer`; nothing was changed
 */
export function openRevisionStore(path: string): RevisionStore {
  return storeOver(existsSync(path) ? read(path) : [], (revisions) => write(path, revisions));
}

/** A store that lives in memory only. */
export function memoryRevisionStore(revisions: readonly Revision[] = []): RevisionStore {
  return storeOver(revisions, () => undefined);
}

function storeOver(initial: readonly Revision[], save: (revisions: readonly Revision[]) => void): RevisionStore {
  let records = initial;
  const list = (service?: string) =>
    records.filter((revision) => service === undefined || revision.service === service);
  const change = (next: readonly Revision[]) => {
    save(next);
    records = next;
  };
  return {
    list,
    stable: (service) => list(service).findLast((revision) => revision.status === 'stable'),
    put: (...revisions) => {
      const kept = records.filter((old) => !revisions.some((revision) => revision.label === old.label));
      change([...kept, ...revisions].sort((a, b) => a.service.localeCompare(b.service) || a.number - b.number));
    },
    remove: (...labels) => change(records.filter(({ label }) => !labels.includes(label))),
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

function read(path: string): readonly Revision[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    requireVersion(value, path, VERSION);
    return fileSchema.parse(value).revisions;
  } catch (cause) {
    if (hasCode(cause, 'state-newer')) throw cause;
    const why = cause instanceof z.ZodError ? 'it has another shape' : errorMessage(cause);
    throw new HarnessError('revisions-corrupt', {
      message: `${path} does not hold revision records: ${why}`,
      facts: { path },
      hint: 'Put the file back, or take the project down (`rollproof down`): the next start writes it anew. Nothing was changed.',
      cause,
    });
  }
}

function write(path: string, revisions: readonly Revision[]): void {
  writeFileAtomic(path, `${JSON.stringify({ version: VERSION, revisions }, null, 2)}\n`);
}
