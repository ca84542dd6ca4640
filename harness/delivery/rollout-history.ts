import { join } from 'node:path';
import { z } from 'zod';
import type { Immutable } from '../contract/immutable';
import { rolloutOutcome, type RolloutResult } from '../contract/rollout-result';
import { appendEntry, readEntries } from '../core/append-only';
import type { RevisionStore } from './revisions/revision-store';
import { strategyRecordSchema, type StrategyRecord } from './revisions/strategy-record';

const entrySchema = z.object({
  schema: z.literal(1),
  rollout: z.string(),
  service: z.string(),
  strategy: z.string(),
  /** Who asked for it. */
  by: z.string(),
  /** Wall ms. */
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  /** Revision labels. */
  from: z.string(),
  to: z.string(),
  /** Of `to`, as it was named, and the digest of what ran; absent where nobody knows any more. */
  image: z.string().exactOptional(),
  digest: z.string().exactOptional(),
  outcome: rolloutOutcome,
  reason: z.string().exactOptional(),
  /** Code of the error that led back. */
  cause: z.string().exactOptional(),
  /** Id of the rollout that it repeats. */
  retries: z.string().exactOptional(),
  /** What it was to do, for whoever tries it again; absent for what changed nothing, and where another version wrote it. */
  asked: z
    .unknown()
    .optional()
    .transform((value) => strategyRecordSchema.safeParse(value).data),
});

/** How one rollout ended: what outlives its run's folder. */
export type HistoryEntry = Immutable<Omit<z.infer<typeof entrySchema>, 'asked'>> & {
  readonly asked?: StrategyRecord | undefined;
};

/** The rollouts of a project, of this stack and of those before. */
export interface RolloutHistory {
  /** How a rollout ended; on the disk when it returns. */
  add(result: RolloutResult, revisions: RevisionStore): void;
  /** Of a service, oldest first, each once. */
  list(service: string): readonly HistoryEntry[];
}

/** Where a project's state has it. */
export function historyPath(stateDirectory: string): string {
  return join(stateDirectory, 'rollouts.ndjson');
}

/** Opens it. `by` is whoever adds to it. */
export function openRolloutHistory(path: string, by: string): RolloutHistory {
  return {
    add: (result, revisions) => appendEntry(path, entryOf(result, revisions, by)),
    list: (service) => {
      const own = readEntries(path, entrySchema).filter((entry) => entry.service === service);
      // A command that ended it once more, after a controller that died in the middle of saying so, has the last word.
      return [...new Map(own.map((entry) => [entry.rollout, entry])).values()];
    },
  };
}

function entryOf(result: RolloutResult, revisions: RevisionStore, by: string): HistoryEntry {
  const { rollout, service, strategy, startedAtMs, endedAtMs, from, to, outcome, reason, cause } = result;
  const revision = revisions.list(service).find(({ label }) => label === to);
  // Its mark is taken off only once this is written.
  const asked = revision?.rollout?.id === rollout ? revision.rollout.strategy : undefined;
  return {
    schema: 1,
    ...{ rollout, service, strategy, by, startedAtMs, endedAtMs, from, to, outcome },
    ...(revision === undefined ? {} : { image: revision.image, digest: revision.content }),
    ...(reason === undefined ? {} : { reason }),
    ...(cause === undefined ? {} : { cause }),
    ...(result.retries === undefined ? {} : { retries: result.retries }),
    ...(asked === undefined ? {} : { asked }),
  };
}
