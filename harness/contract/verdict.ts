import { z } from 'zod';
import type { ErrorKind } from '../core/error-codes';

/** How a scenario, a check or a run ended. Only `passed` is green; no data is `inconclusive`, never success. */
export const verdict = z.enum(['passed', 'failed', 'inconclusive', 'error', 'skipped']);
export type Verdict = z.infer<typeof verdict>;

/** Of the error that decided; absent when it passed, and for what is not our error: an assertion, or a scenario that broke. */
export const errorKind = z.enum([
  'cannot-run',
  'release',
  'stack',
  'inconclusive',
  'skipped',
  'internal',
] as const satisfies readonly ErrorKind[]);
