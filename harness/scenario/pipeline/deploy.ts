import { join } from 'node:path';
import type { PipelineConfig } from '../../contract/pipeline-config';
import type { RolloutOutcome } from '../../contract/rollout-result';
import { HarnessError } from '../../core/errors';
import type { Progress } from '../../core/progress';
import type { Delivered } from '../../delivery/pipeline/ports';
import { canary } from '../../delivery/strategies/canary';
import type { Strategy } from '../../delivery/strategies/strategy';
import { deployRun } from '../deploy-run';
import { Session } from '../session';

/** Where the run of a pipeline keeps the runs of its deployments. */
export const DEPLOYMENTS = 'deploy';

export interface ProductionOptions {
  readonly configPath: string;
  readonly pipeline: PipelineConfig;
  readonly runDirectory: string;
  /** The command that repeats it. */
  readonly rerun: string;
  readonly progress: Progress;
}

/** Deploys to the stack that is up, as `rollproof deploy` does; its run lies in the folder of the pipeline's. */
export async function deployToProduction(
  service: string,
  image: string,
  { configPath, pipeline, runDirectory, rerun, progress }: ProductionOptions,
  signal: AbortSignal,
): Promise<Delivered> {
  const session = await Session.start({
    ...{ configPath, rerun, progress, signal },
    title: `deploy ${service}`,
    stack: 'existing',
    service,
    reportsDirectory: join(runDirectory, DEPLOYMENTS),
  });
  let outcome: RolloutOutcome | undefined;
  const run = deployRun({
    service,
    spec: { image, strategy: strategyOf(pipeline) },
    load: pipeline.load ?? false,
    onEnd: (result) => (outcome = result.outcome),
  });
  const ended = await session.run({ id: 'deploy', title: `deploy ${image} to ${service}`, run }, 'delivery');
  const { summary } = await session.finish();
  if (summary.verdict === 'passed') return { outcome };
  const reason = ended.reason ?? summary.reason ?? summary.headline;
  const problem =
    ended.error instanceof Error ? ended.error : new HarnessError('check-inconclusive', { message: reason });
  return { outcome, problem };
}

function strategyOf({ strategy }: PipelineConfig): Strategy {
  // The contract knows only that it has a name and steps; it was made by a kind of strategy.
  return strategy === undefined ? { ...canary({ steps: [20, 50, 100] }), isDefault: true } : (strategy as Strategy);
}
