import type { Journal } from '../../contract/journal';
import type { PipelineOutcome, StageName, StageReport } from '../../contract/lines/pipeline';
import type { PipelineConfig } from '../../contract/pipeline-config';
import type { RolloutOutcome } from '../../contract/rollout-result';
import { monotonicMs } from '../../core/clock';
import { errorMessage } from '../../core/errors';
import type { PipelinePorts, Products } from './ports';
import { OutputLog } from '../output-log';
import { STAGES } from './stages/list';
import { STAGE_TIMEOUT_MS, type Stage } from './stages/stage';

export interface PipelineRun {
  readonly pipeline: PipelineConfig;
  readonly ports: PipelinePorts;
  readonly journal: Journal;
  readonly runDirectory: string;
  /** What there is to begin with: of a retry, what was made before. */
  readonly products: Products;
  /** Those that are run. Default: all. */
  readonly only?: readonly StageName[];
  /** The last stage that was through before. */
  readonly through?: StageName;
  readonly signal: AbortSignal;
  /** Told when a stage begins and when it is over. */
  readonly onStage?: (report: StageReport) => void;
}

export interface PipelineEnd {
  readonly outcome: PipelineOutcome;
  /** The stage that failed. */
  readonly stage?: StageName;
  /** The last stage that is through, as all before it are. */
  readonly through?: StageName;
  readonly products: Products;
  /** What the stage failed with. */
  readonly error?: unknown;
}

/** Runs the stages in order, up to the first that fails; each has its log, its lines in the journal, and its time. Never throws for a stage. */
export async function runPipeline(run: PipelineRun): Promise<PipelineEnd> {
  const { only, journal } = run;
  const stages = STAGES.filter(({ name }) => only?.includes(name) ?? true);
  let { products, through } = run;
  let failure: Pick<PipelineEnd, 'stage' | 'error'> | undefined;
  for (const stage of stages) {
    const done = await runStage(stage, { ...run, products });
    products = { ...products, ...done.products };
    if (done.error !== undefined) {
      failure = { stage: stage.name, error: done.error };
      break;
    }
    through = stage.name;
  }
  const outcome = failure?.stage === undefined ? doneOutcome(through) : failedOutcome(failure.stage, products);
  const end: PipelineEnd = { outcome, products, ...failure, ...(through === undefined ? {} : { through }) };
  journal.append({
    type: 'pipeline-ended',
    outcome: end.outcome,
    ...(end.stage === undefined ? {} : { stage: end.stage }),
    ...(end.error === undefined ? {} : { reason: errorMessage(end.error) }),
  });
  if (end.outcome === 'rolled-back') await markCommit(run, end);
  return end;
}

function doneOutcome(through: StageName | undefined): PipelineOutcome {
  return through === 'deploy' ? 'deployed' : 'stage-done';
}

/** What a failure comes to: before the deployment nothing has changed in production. */
function failedOutcome(stage: StageName, { delivered }: Products): PipelineOutcome {
  if (stage !== 'deploy') return 'stopped';
  const outcomes: readonly RolloutOutcome[] = Object.values(delivered);
  if (outcomes.some((outcome) => outcome === 'rolled-back' || outcome === 'rollback-paused')) return 'rolled-back';
  return 'not-promoted';
}

interface StageEnd {
  readonly products: Partial<Products>;
  readonly error?: unknown;
}

async function runStage(stage: Stage, run: PipelineRun): Promise<StageEnd> {
  const { pipeline, ports, journal, runDirectory, products, signal, onStage } = run;
  const report = (own: Omit<StageReport, 'stage'>) => {
    const told = { stage: stage.name, ...own };
    journal.append({ type: 'pipeline-stage', ...told });
    onStage?.(told);
  };
  const reason = stage.skipped?.(pipeline);
  if (reason !== undefined) {
    report({ state: 'skipped', reason });
    return { products: {} };
  }
  using log = new OutputLog(runDirectory, `logs/pipeline/${1 + STAGES.indexOf(stage)}-${stage.name}.log`);
  const startedMs = monotonicMs();
  report({ state: 'started', log: log.path });
  const over = () => ({ durationMs: monotonicMs() - startedMs, log: log.path });
  const failed = (error: unknown, made: StageReport['made'] = {}): void => {
    // Its own last lines are read before anything that we say of it.
    const lastLines = log.lastLines();
    log.say(errorMessage(error));
    report({ state: 'failed', ...over(), reason: errorMessage(error), lastLines, made });
  };
  try {
    signal.throwIfAborted();
    const done = await stage.run({
      ...{ pipeline, ports, products },
      io: {
        onOutput: (chunk) => log.write(chunk),
        signal,
        timeoutMs: pipeline.stageTimeoutMs ?? STAGE_TIMEOUT_MS,
      },
      say: (text) => log.say(text),
    });
    if (done.problem === undefined) report({ state: 'passed', ...over(), made: done.made ?? {} });
    else failed(done.problem, done.made);
    return { products: done.products ?? {}, ...(done.problem === undefined ? {} : { error: done.problem }) };
  } catch (error) {
    failed(error);
    return { products: {}, error };
  }
}

/** Where people look who read the commit: `git log --notes=rollproof`. A mark that cannot be made is told, and fails nothing. */
async function markCommit({ ports, products, journal }: PipelineRun, { error }: PipelineEnd): Promise<void> {
  const text = `rolled back in production: ${errorMessage(error)}`;
  await ports.repository.note(products.commit.id, text).then(
    () => journal.append({ type: 'note', message: `commit ${products.commit.id} is marked: ${text}` }),
    (cause: unknown) =>
      journal.append({ type: 'note', message: `the commit could not be marked: ${errorMessage(cause)}` }),
  );
}
