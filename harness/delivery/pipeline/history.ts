import { z } from 'zod';
import { appendEntry, readEntries } from '../../core/append-only';
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
  return readEntries(path, entrySchema) as PipelineEntry[];
}

/** Adds to it; on the disk when it returns. */
export function appendHistory(path: string, entry: PipelineEntry): void {
  appendEntry(path, entry);
}
