import type { JournalLine, LineOf } from '../contract/observation';
import type { PipelineOutcome, StageReport } from '../contract/lines/pipeline';
import { linesOf } from './spans';
import { groupBy } from '../core/group-by';

/** A pipeline as the journal tells it. */
export interface PipelineModel {
  readonly repository: string;
  readonly ref: string;
  readonly commit: string;
  /** The run whose stages were taken up again. */
  readonly retryOf: string | undefined;
  /** What was said last of each stage that began or was left out, in order. */
  readonly stages: readonly (StageReport & { readonly startedAtMs: number })[];
  /** `undefined`: it did not come to its end. */
  readonly outcome: PipelineOutcome | undefined;
  readonly reason: string | undefined;
}

/** `undefined` for a run of anything else. */
export function pipelineOf(lines: readonly JournalLine[]): PipelineModel | undefined {
  const started = linesOf(lines, 'pipeline-started').at(0);
  if (started === undefined) return undefined;
  const { repository, ref, commit, retryOf } = started;
  const ended = linesOf(lines, 'pipeline-ended').at(-1);
  const stages = [...groupBy(linesOf(lines, 'pipeline-stage'), ({ stage }) => stage).values()];
  return {
    ...{ repository, ref, commit, retryOf },
    stages: stages.flatMap(reportOf),
    ...{ outcome: ended?.outcome, reason: ended?.reason },
  };
}

function reportOf(said: readonly LineOf<'pipeline-stage'>[]) {
  const [first, last] = [said[0], said.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { type: _type, at: _at, scenario: _scenario, ...report } = last;
  return [{ ...report, startedAtMs: first.at }];
}

/** How a commit is named among people. */
export function shortCommit({ commit }: Pick<PipelineModel, 'commit'>): string {
  return commit.slice(0, 12);
}

/** The first sentence of a pipeline's run; `undefined` when it did not come to its end. */
export function pipelineSentence(pipeline: PipelineModel): string | undefined {
  const name = shortCommit(pipeline);
  const failed = pipeline.stages.find(({ state }) => state === 'failed')?.stage ?? 'its beginning';
  const done = pipeline.stages.at(-1)?.stage ?? 'no stage';
  switch (pipeline.outcome) {
    case undefined:
      return undefined;
    case 'deployed':
      return `${name} is in production`;
    case 'rolled-back':
      return `${name} was rolled back in production; your stack stayed up`;
    case 'not-promoted':
      return `${name} was not promoted in production`;
    case 'stopped':
      return `${name} was stopped at ${failed}; nothing was deployed`;
    case 'stage-done':
      return `${name} is through ${done}`;
    case 'unchanged':
    case 'superseded':
      return `${name} is ${pipeline.outcome}; nothing was deployed`;
  }
}
