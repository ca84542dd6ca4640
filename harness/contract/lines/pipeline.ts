import { z } from 'zod';
import type { Immutable } from '../immutable';
import { durationMs } from '../numbers';
import { line, texts } from './line';

/**
 * The stages, in order. The images come before the integration tests, which run them: what was tested is what is pushed, and what is pushed
 * is what is deployed.
 */
export const stageName = z.enum(['checkout', 'build', 'unit-tests', 'image', 'integration-tests', 'push', 'deploy']);
export type StageName = z.infer<typeof stageName>;

/**
 * How a pipeline ended. `stopped`: a stage failed before anything was deployed. `not-promoted`: it was tried in production and nobody can say
 * that it is good. `stage-done`: a stage was retried alone. `unchanged`: this very content is in production. `superseded`: its branch has moved on.
 */
export const pipelineOutcome = z.enum([
  ...(['deployed', 'rolled-back', 'not-promoted', 'stopped'] as const),
  ...(['stage-done', 'unchanged', 'superseded'] as const),
]);
export type PipelineOutcome = z.infer<typeof pipelineOutcome>;

export const pipelineStarted = line('pipeline-started', {
  repository: z.string(),
  ref: z.string(),
  commit: z.string(),
  /** The run whose stages are taken up again. */
  retryOf: z.string().optional(),
});

/** What is said of a stage that has begun, or is over. */
export const stageReport = z.strictObject({
  stage: stageName,
  state: z.enum(['started', 'passed', 'failed', 'skipped']),
  /** Of one that is over. */
  durationMs: durationMs.optional(),
  reason: z.string().optional(),
  /** Its own log, relative to the run's folder. */
  log: z.string().optional(),
  /** How that log ends, when it failed. */
  lastLines: z.array(z.string()).optional(),
  /** What it made, by name. */
  made: texts.optional(),
});
export type StageReport = Immutable<z.infer<typeof stageReport>>;

export const pipelineStage = line('pipeline-stage', stageReport.shape);

export const pipelineEnded = line('pipeline-ended', {
  outcome: pipelineOutcome,
  /** The stage that ended it. */
  stage: stageName.optional(),
  reason: z.string().optional(),
});
