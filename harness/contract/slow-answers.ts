import { z } from 'zod';
import type { Immutable } from './immutable';
import { count } from './numbers';

/** Answers of one revision, and those of them that were slower than a limit. */
const slowCounts = z.strictObject({
  requests: count,
  slow: count,
  /** So many of them tell as much as one that is independent, at least 1: a process that pauses delays all at once that came meanwhile. */
  designEffect: z.number(),
});
export type SlowCounts = Immutable<z.infer<typeof slowCounts>>;

/** Answers that were slower than a limit, on both sides. */
export const slowAnswers = z.strictObject({ limitMs: z.number(), canary: slowCounts, stable: slowCounts });
export type SlowAnswers = Immutable<z.infer<typeof slowAnswers>>;
