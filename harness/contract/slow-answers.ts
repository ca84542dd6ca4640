import { z } from 'zod';
import type { Immutable } from './immutable';
import { count } from './numbers';

/** Answers of one revision, and those of them that were slower than a limit. */
const slowCounts = z.strictObject({ requests: count, slow: count });
export type SlowCounts = Immutable<z.infer<typeof slowCounts>>;

/** Answers that were slower than a limit, on both sides. Slow ones of one revision that ended together count as one. */
export const slowAnswers = z.strictObject({ limitMs: z.number(), canary: slowCounts, stable: slowCounts });
export type SlowAnswers = Immutable<z.infer<typeof slowAnswers>>;
