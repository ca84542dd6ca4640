import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../core/atomic-file';
import { HarnessError, errorMessage, hasCode } from '../../core/errors';
import { requireVersion } from '../../core/state-version';
import { workerSettings } from '../../contract/worker-config';
import type { Revision } from './revision';
import { strategyRecordSchema } from './strategy-record';

/** Of the file. A newer one is refused as a whole: what this version does not know it would not write again. */
const VERSION = 1;

const resources = z.record(z.string(), z.looseObject({}).nullable());
const markSchema = z
  .object({
    ...{ id: z.string(), journalPath: z.string().exactOptional(), retries: z.string().exactOptional() },
    strategy: z.unknown().optional(),
  })
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

/** Where the records of all services stood once, beside the folder that has a file for each. Services without one of their own are read from it. */
export const ofAll = (path: string) => `${path}.json`;

/** A file as it was read last. */
interface Known {
  /** Changes with the file: it is replaced as a whole. */
  readonly stamp: string;
  readonly revisions: readonly Revision[];
}

/** The records of a project on the disk. What is read is what stands there now, also of what another process writes. */
export class RevisionFiles {
  readonly #known = new Map<string, Known>();

  constructor(private readonly path: string) {}

  /** All of them, by service and number. @throws HarnessError `revisions-corrupt`, `state-newer` */
  read(): readonly Revision[] {
    const names = existsSync(this.path) ? readdirSync(this.path).filter((name) => /^[^.]+\.json$/.test(name)) : [];
    const own = names.map((name) => ({ name, revisions: this.#file(join(this.path, name)) }));
    const services = new Set(own.map(({ name }) => serviceOf(name)));
    const others = this.#file(ofAll(this.path)).filter(({ service }) => !services.has(service));
    return [...others, ...own.flatMap(({ revisions }) => revisions)].sort(
      (a, b) => a.service.localeCompare(b.service) || a.number - b.number,
    );
  }

  /** Replaces those of a service; complete and on the disk when it returns. @throws HarnessError `disk-full`: they are as they were */
  write(service: string, revisions: readonly Revision[]): void {
    const path = join(this.path, `${nameOf(service)}.json`);
    writeFileAtomic(path, `${JSON.stringify({ version: VERSION, revisions }, null, 2)}\n`);
    this.#known.set(path, { stamp: stampOf(path) ?? '', revisions });
  }

  #file(path: string): readonly Revision[] {
    const stamp = stampOf(path);
    if (stamp === undefined) return [];
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known.revisions;
    const revisions = parsed(path);
    this.#known.set(path, { stamp, revisions });
    return revisions;
  }
}

/** Drafts, which lie beside a file for a moment, have more than one dot. */
const nameOf = (service: string) => encodeURIComponent(service).replaceAll('.', '%2E');
const serviceOf = (name: string) => decodeURIComponent(basename(name, '.json'));

/** `undefined` where there is no such file. */
function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat && [stat.ino, stat.mtimeNs, stat.size].join();
}

function parsed(path: string): readonly Revision[] {
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
