import { z } from 'zod';
import type { Immutable } from '../immutable';
import { count, durationMs } from '../numbers';
import { line } from './line';

export const nightStarted = line('night-started', {
  budgetMs: durationMs,
  /** What could be tried: scenarios, and commands. */
  candidates: count,
});

/** What a night found beside the verdicts of what it tried. */
export const nightFinding = z.strictObject({
  /** `flaky`: another verdict with the same seed. `drift`: a figure that has left its own noise. */
  kind: z.enum(['flaky', 'drift']),
  /** The title of the scenario, or the name of the figure. */
  subject: z.string(),
  observed: z.string(),
  expected: z.string(),
});
export type NightFinding = Immutable<z.infer<typeof nightFinding>>;

export const nightFindingLine = line('night-finding', nightFinding.shape);

/** What a night did not try, and why. */
export const leftOut = z.strictObject({ id: z.string(), title: z.string(), reason: z.string() });
export type LeftOut = Immutable<z.infer<typeof leftOut>>;

export const nightLeftOut = line('night-left-out', leftOut.shape);
