import { z } from 'zod';
import { releaseStep } from '../../contract/release-result';
import { strategyRecordSchema } from '../revisions/strategy-record';

/**
 * What the next command has to know of a release, whatever becomes of this process: it is written before anything is done, and goes only when
 * the release has ended. It says more surely than any journal what may have been done.
 */
export const releaseRecordSchema = z.object({
  id: z.string(),
  startedAtMs: z.number(),
  /** Where its journal lies, when it has a file. */
  journalPath: z.string().exactOptional(),
  /** `accepting`: every step is through. `through`: only forward from here. `back`: only back. */
  phase: z.enum(['going', 'accepting', 'through', 'back']),
  steps: z.array(releaseStep),
  /** So many of the steps may have been begun. */
  begun: z.number(),
  /** What served each service that is rolled out, by revision label. */
  before: z.record(z.string(), z.string()),
  /** By which it is rolled out. */
  strategies: z.record(z.string(), strategyRecordSchema),
  /** Why it goes back. */
  reason: z.string().exactOptional(),
  cause: z.string().exactOptional(),
});
export type ReleaseRecord = Readonly<z.infer<typeof releaseRecordSchema>>;

/** Where the record of the release under way lies. Every change is complete and on the disk before it returns. */
export interface ReleaseRecordStore {
  /** The release that has begun and not ended. */
  read(): ReleaseRecord | undefined;
  write(record: ReleaseRecord): void;
  clear(): void;
}
