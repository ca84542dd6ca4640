import type { PipelineConfig } from '../../contract/pipeline-config';
import type { StageName } from '../../contract/lines/pipeline';
import { HarnessError } from '../../core/errors';
import { contentHash } from '../../core/ids';
import type { PipelineEntry } from './history';
import { STAGES } from './stages/list';

const BRANCH_DEFAULT = 'main';

/** A push, as git tells its hook. */
export interface Push {
  readonly ref: string;
  /** All zeroes: the branch was deleted. */
  readonly commit: string;
}

/** The ref whose pushes are delivered. */
export function deliveredRef({ branch = BRANCH_DEFAULT }: Pick<PipelineConfig, 'branch'>): string {
  return `refs/heads/${branch}`;
}

/** Why a push is nothing for the pipeline; `undefined` when it is. */
export function notOurs(push: Push, pipeline: Pick<PipelineConfig, 'branch'>): string | undefined {
  const ours = deliveredRef(pipeline);
  if (push.ref !== ours) return `${push.ref} is not the branch that is delivered, ${ours}`;
  if (/^0+$/.test(push.commit)) return `${push.ref} was deleted: what is in production stays there`;
  return undefined;
}

/**
 * Of pushes that come while a pipeline runs each waits for its turn; one that is not its branch's tip by then has been overtaken by a newer one,
 * which waits too or is through already. Deploying it would take production back.
 */
export function isSuperseded(commit: string, tip: string | undefined): boolean {
  return tip !== commit;
}

/** What decides what is delivered. The same files by the same pipeline are the same, whoever committed them when. */
export function contentOf(tree: string, pipeline: PipelineConfig): string {
  const { strategy, load: _load, stageTimeoutMs: _timeout, ...made } = pipeline;
  return contentHash({ tree, made, strategy: strategy?.name ?? null });
}

/**
 * The pipeline that brought this very content into production, if it is what serves there now: by the record of what runs, so that nobody is
 * told "no change" after an `undo`.
 */
export function delivered(
  history: readonly PipelineEntry[],
  content: string,
  serving: (service: string) => string | undefined,
): PipelineEntry | undefined {
  const last = history.findLast(({ outcome }) => outcome === 'deployed');
  if (last?.content !== content) return undefined;
  const images = Object.entries(last.products.images);
  return images.every(([service, image]) => serving(service) === image.content) ? last : undefined;
}

export interface Retry {
  readonly entry: PipelineEntry;
  /** What is run again, in order. */
  readonly stages: readonly StageName[];
}

/**
 * What a retry does: with a stage named that one alone, else everything that is not through. No stage is run before those that it comes after
 * are through: a failed test is mended, not passed by.
 * @throws HarnessError `nothing-to-retry`
 */
export function retryOf(history: readonly PipelineEntry[], stage: StageName | undefined): Retry {
  const entry = history.findLast(({ run }) => run !== undefined);
  if (entry === undefined) throw nothing('no pipeline has run yet');
  const order = STAGES.map(({ name }) => name);
  const next = entry.through === undefined ? 0 : order.indexOf(entry.through) + 1;
  if (stage === undefined) {
    if (next === order.length) throw nothing('every stage of the last pipeline is through');
    return { entry, stages: order.slice(next) };
  }
  if (order.indexOf(stage) > next) throw nothing(`${stage} comes after ${order[next]}, which is not through`);
  return { entry, stages: [stage] };
}

function nothing(why: string): HarnessError {
  return new HarnessError('nothing-to-retry', { message: why, hint: 'Push, or `rollproof pipeline run`.' });
}

/** Why a commit was taken back before, if it was: said when it comes again, and no reason to refuse it. */
export function takenBackBefore(history: readonly PipelineEntry[], commit: string): string | undefined {
  const entry = history.findLast(({ products, outcome }) => products.commit.id === commit && outcome === 'rolled-back');
  return entry === undefined ? undefined : (entry.reason ?? 'rolled back');
}
