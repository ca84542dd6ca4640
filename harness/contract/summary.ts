import { z } from 'zod';
import { alertFacts } from './alert-facts';
import type { Immutable } from './immutable';
import { leftOut, nightFinding } from './lines/night';
import { pipelineOutcome, stageReport } from './lines/pipeline';
import { measurementFields, ownFacts, place } from './lines/scenario';
import { count, durationMs } from './numbers';
import { rolloutResult } from './rollout-result';
import { errorKind, verdict } from './verdict';

/** ISO 8601, UTC. Absent: it did not happen. */
const moment = z.iso.datetime();

/** An alert as other programs read it: each moment as a date. */
const alert = alertFacts
  .omit({
    ...{ pendingAtMs: true, lastPendingAtMs: true, firingAtMs: true },
    ...{ notifiedAtMs: true, inactiveAtMs: true, resolvedAtMs: true },
  })
  .extend({
    value: z.number().nullable().optional(),
    ...{ pendingAt: moment.optional(), lastPendingAt: moment.optional(), firingAt: moment.optional() },
    ...{ notifiedAt: moment.optional(), inactiveAt: moment.optional(), resolvedAt: moment.optional() },
  });
export type SummaryAlert = Immutable<z.infer<typeof alert>>;

/** What a verdict rests on. Times are wall ms since the epoch (`…AtMs`) or ISO 8601 (`…At`). What a scenario added itself stands beside. */
const facts = z.looseObject({
  ...ownFacts.shape,
  alerts: z.array(alert).optional(),
  /** The last one. */
  rollout: rolloutResult.optional(),
  /** All of them, in order, where there were several. */
  rollouts: z.array(rolloutResult).optional(),
  /** Of all rollbacks the longest time from the decision to the start of the last request on the bad revision, ms. */
  rollbackSwitchMs: durationMs.optional(),
});
export type SummaryFacts = Immutable<z.infer<typeof facts>>;

const scenario = z.strictObject({
  id: z.string(),
  phase: z.string(),
  title: z.string(),
  verdict,
  /** Of the error that decided, where it was one of rollproof's own: see `docs/errors.md`. */
  kind: errorKind.optional(),
  durationMs,
  reason: z.string().optional(),
  /** Where it is declared. */
  place: place.optional(),
  facts,
});

const measurement = z.strictObject(measurementFields);

const pipeline = z.strictObject({
  repository: z.string(),
  ref: z.string(),
  commit: z.string(),
  /** Absent: it did not come to its end. */
  outcome: pipelineOutcome.optional(),
  /** In order, those that began or were left out. */
  stages: z.array(stageReport),
});

const night = z.strictObject({
  budgetMs: durationMs,
  /** What could be tried, and how much of it was. */
  candidates: count,
  tried: count,
  findings: z.array(nightFinding),
  leftOut: z.array(leftOut),
});

/** The contract of `summary.json`. `schema` grows only when a field changes its meaning or goes away. */
export const summarySchema = z.strictObject({
  schema: z.literal(1),
  run: z.string(),
  startedAt: moment,
  durationMs,
  seed: z.string(),
  verdict,
  /** Of the error that decided, where it was one of rollproof's own. */
  kind: errorKind.optional(),
  /** The first sentence of the report, without its full stop. */
  headline: z.string(),
  /** Why the run is not simply the worst of its scenarios, or what kept it from passing. */
  reason: z.string().optional(),
  counts: z.strictObject({ passed: count, failed: count, inconclusive: count, error: count, skipped: count }),
  /** Of a run that was a pipeline. */
  pipeline: pipeline.optional(),
  /** Of a run that was a night. Its scenarios are what it tried. */
  night: night.optional(),
  scenarios: z.array(scenario),
  measurements: z.array(measurement),
});

/** What other programs read of a run. */
export type Summary = Immutable<z.infer<typeof summarySchema>>;
export type SummaryScenario = Immutable<z.infer<typeof scenario>>;
