import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../core/atomic-file';
import { HarnessError, hasCode } from '../../core/errors';
import { requireVersion } from '../../core/state-version';
import type { LoadedConfig } from '../../contract/config-file';
import { releaseRecordSchema, type ReleaseRecordStore } from '../../delivery/release/record';
import { runningOf, runningPlanSchema } from '../kept-stack';
import type { RunningPlan } from '../plan';

/** Of the file. */
const VERSION = 1;

const pinSchema = z.object({ imageId: z.string(), containers: z.array(z.string()) });

const schema = z.object({
  record: releaseRecordSchema,
  from: runningPlanSchema,
  to: runningPlanSchema,
  pins: z.record(z.string(), pinSchema),
});

/** What ran of a service without a front when a release began: its tag may mean something else by the time that it is put back. */
export type Pin = Readonly<z.infer<typeof pinSchema>>;

/** The two versions between which a release goes. */
export interface ReleaseVersions {
  readonly from: RunningPlan;
  readonly to: RunningPlan;
  readonly pins: Readonly<Record<string, Pin>>;
}

const pathOf = (loaded: LoadedConfig) => join(loaded.stateDirectory, 'release.json');

/** `release.json`: there from before the first step of a release until it has ended. Readable by its owner only. */
export function releaseFile(loaded: LoadedConfig, { from, to, pins }: ReleaseVersions): ReleaseRecordStore {
  const path = pathOf(loaded);
  const versions = { from: runningOf(from), to: runningOf(to), pins };
  return {
    read: () => unfinishedRelease(loaded)?.record,
    write: (record) => writeFileAtomic(path, `${JSON.stringify({ version: VERSION, record, ...versions })}\n`),
    clear: () => rmSync(path, { force: true }),
  };
}

/**
 * The release that has begun and not ended, with its versions.
 * @throws HarnessError `state-newer`, and `revisions-corrupt` when the file is not what we write
 */
export function unfinishedRelease(loaded: LoadedConfig): z.infer<typeof schema> | undefined {
  const path = pathOf(loaded);
  if (!existsSync(path)) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    requireVersion(value, path, VERSION);
    return schema.parse(value);
  } catch (cause) {
    if (hasCode(cause, 'state-newer')) throw cause;
    throw new HarnessError('revisions-corrupt', {
      message: `${path} does not hold the record of a release`,
      facts: { path },
      hint: 'Take the project down (`rollproof down`): the release that it told of was not ended.',
      cause,
    });
  }
}

export function forgetRelease(loaded: LoadedConfig): void {
  rmSync(pathOf(loaded), { force: true });
}
