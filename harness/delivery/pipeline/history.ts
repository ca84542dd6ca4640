import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { pipelineOutcome, stageName } from '../../contract/lines/pipeline';
import { rolloutOutcome } from '../../contract/rollout-result';
import type { Immutable } from '../../contract/immutable';

const texts = z.record(z.string(), z.string());
const image = z.object({ tag: z.string(), id: z.string(), content: z.string() });

const products = z.object({
  commit: z.object({ id: z.string(), tree: z.string(), committedAtMs: z.number() }),
  ref: z.string(),
  directory: z.string(),
  images: z.record(z.string(), image),
  pushed: texts,
  delivered: z.record(z.string(), rolloutOutcome),
});

const entrySchema = z.object({
  schema: z.literal(1),
  /** Wall ms since the epoch. */
  at: z.number(),
  /** Its run; absent for what came to none. */
  run: z.string().optional(),
  repository: z.string(),
  outcome: pipelineOutcome,
  /** The stage that failed. */
  stage: stageName.optional(),
  /** The last stage that is through, as all before it are. */
  through: stageName.optional(),
  reason: z.string().optional(),
  /** Hash of what decides what is delivered: the tree, and the pipeline itself. */
  content: z.string(),
  products,
});

/** How one pipeline ended, and what it had made: all that a later one, or a retry, needs to know. */
export type PipelineEntry = Immutable<z.infer<typeof entrySchema>>;

/** The pipelines of a project, oldest first. What another version wrote, and a line that was torn, is passed over. */
export function readHistory(path: string): PipelineEntry[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const entry = parsed(text);
      return entry === undefined ? [] : [entry];
    });
}

/** Adds to it; on the disk when it returns. */
export function appendHistory(path: string, entry: PipelineEntry): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const descriptor = openSync(path, 'a', 0o600);
  try {
    // What a power cut tore ends here, and spoils nothing of this line.
    writeSync(descriptor, `\n${JSON.stringify(entry)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function parsed(text: string): PipelineEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(text)).data as PipelineEntry | undefined;
  } catch {
    return undefined;
  }
}
