import { z } from 'zod';

const verdict = z.enum(['passed', 'failed', 'inconclusive', 'error', 'skipped']);
const count = z.number().int().nonnegative();

const scenario = z.object({
  id: z.string(),
  phase: z.string(),
  title: z.string(),
  verdict,
  durationMs: z.number().nonnegative(),
  reason: z.string().optional(),
  /** What the verdict rests on, by the names of `contractFacts`. Times are wall ms since the epoch (`…AtMs`) or ISO 8601 (`…At`). */
  facts: z.record(z.string(), z.unknown()),
});

const measurement = z.object({
  name: z.string(),
  value: z.number(),
  unit: z.string(),
  limit: z.number().optional(),
  samples: count,
  window: z.string().optional(),
});

/** The contract of `summary.json`. `schema` grows only when a field changes its meaning or goes away. */
export const summarySchema = z.object({
  schema: z.literal(1),
  run: z.string(),
  /** ISO 8601, UTC. */
  startedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  seed: z.string(),
  verdict,
  /** Why the run is not simply the worst of its scenarios, or what kept it from passing. */
  reason: z.string().optional(),
  counts: z.object({ passed: count, failed: count, inconclusive: count, error: count, skipped: count }),
  scenarios: z.array(scenario),
  measurements: z.array(measurement),
});

/** What other programs read of a run. */
export type Summary = z.infer<typeof summarySchema>;
export type SummaryScenario = z.infer<typeof scenario>;
