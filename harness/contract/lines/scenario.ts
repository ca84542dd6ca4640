import { z } from 'zod';
import { alertFacts } from '../alert-facts';
import type { Immutable } from '../immutable';
import { count, durationMs } from '../numbers';
import { reconciliationResult } from '../reconciliation';
import { requestTotals } from '../request-totals';
import { errorKind, verdict } from '../verdict';
import { line } from './line';

/** Facts that the harness leaves by itself. Their names are taken: what a scenario adds has others. */
export const ownFacts = z.strictObject({
  /** Of all loads of the scenario. */
  requests: requestTotals.optional(),
  alerts: z.array(alertFacts).optional(),
  /** How long each service and each edge took by itself, ms, before and during a fault. */
  exclusiveTimeMs: z.record(z.string(), z.strictObject({ before: z.number(), after: z.number() })).optional(),
  reconciliation: reconciliationResult.optional(),
  /** Of what a night tried. */
  tried: z
    .strictObject({
      seed: z.string(),
      /** 1, or more for a repetition with the same seed. */
      attempt: z.number().int().positive(),
      /** Its own report, relative to the folder of the night. */
      report: z.string().optional(),
    })
    .optional(),
});

/** What a scenario's verdict rests on, beside its checks and its rollouts, which are lines of their own. */
export const scenarioFacts = z.looseObject(ownFacts.shape);
export type ScenarioFacts = Immutable<z.infer<typeof scenarioFacts>>;

/** Where something is declared: the file, relative to the folder that the run was started in, and the line, from 1. */
export const place = z.strictObject({ file: z.string(), line: z.number().int().positive() });
export type Place = Immutable<z.infer<typeof place>>;

export const scenarioStarted = line('scenario-started', {
  phase: z.string(),
  title: z.string(),
  hypothesis: z.string().optional(),
  place: place.optional(),
});

export const scenarioFinished = line('scenario-finished', {
  verdict,
  kind: errorKind.optional(),
  durationMs,
  reason: z.string().optional(),
  facts: scenarioFacts,
});

export const check = line('check', {
  name: z.string(),
  verdict,
  observed: z.string(),
  expected: z.string(),
  samples: count.optional(),
  windowMs: durationMs.optional(),
});

/** A figure with its limit, as a line of the journal tells it and the summary repeats it. */
export const measurementFields = {
  name: z.string(),
  value: z.number(),
  unit: z.string(),
  limit: z.number().optional(),
  samples: count,
  window: z.string().optional(),
};

export const measurement = line('measurement', measurementFields);
