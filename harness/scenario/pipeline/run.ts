import { existsSync } from 'node:fs';
import type { StageName } from '../../contract/lines/pipeline';
import { HarnessError } from '../../core/errors';
import { contentOf, delivered, deliveredRef, isSuperseded, notOurs, retryOf } from '../../delivery/pipeline/decide';
import { GitRepository } from '../../delivery/pipeline/git';
import { newCheckout } from './checkouts';
import { PipelineGround } from './ground';
import type { PipelineResult, PushOptions, RetryOptions } from './options';
import { REAL_PARTS, type PipelineParts } from './parts';
import { runAndReport } from './run-and-report';

/**
 * Takes a push from its commit to production. One pipeline of a project runs at a time: a second push waits, and one whose branch has moved on
 * when its turn comes is superseded. The content that is in production already is no release.
 * @throws HarnessError such as `config-invalid`, `pipeline-not-configured`, `repository-unfit`; what a stage fails with is in the result
 */
export async function runPush(options: PushOptions, parts: PipelineParts = REAL_PARTS): Promise<PipelineResult> {
  const ground = await PipelineGround.open(options, parts);
  const { pipeline } = ground;
  const { ref = deliveredRef(pipeline), commit: pushed = ref } = options;
  const reason = notOurs({ ref, commit: pushed }, pipeline);
  if (reason !== undefined) return { outcome: 'not-ours', reason };
  const repository = new GitRepository(options.repository);
  await repository.requireBare();
  using _turn = await ground.turn();
  const commit = await repository.commit(pushed);
  const content = contentOf(commit.tree, pipeline);
  const made = { commit, ref, images: {}, pushed: {}, delivered: {} };
  const noRun = (outcome: 'superseded' | 'unchanged', why: string): PipelineResult => {
    const products = { ...made, directory: '' };
    ground.remember({ repository: repository.directory, outcome, reason: why, content, products });
    return { outcome, reason: why };
  };
  const name = commit.id.slice(0, 12);
  if (isSuperseded(commit.id, await repository.tip(ref))) {
    return noRun('superseded', `${name} is not the tip of ${ref} any more: what came after it is delivered instead`);
  }
  const ports = ground.ports(repository, '');
  const same = delivered(ground.history(), content, (service) => ports.serving(service));
  if (same !== undefined) {
    const since = same.products.commit.id.slice(0, 12);
    return noRun('unchanged', `${name} holds what is in production already, since ${since}: nothing is to be done`);
  }
  const products = { ...made, directory: newCheckout() };
  return await runAndReport(ground, { repository, content, products });
}

/**
 * Runs stages of the last pipeline again, with what the others have made.
 * @throws HarnessError `nothing-to-retry`, and as {@link runPush}
 */
export async function retryPipeline(options: RetryOptions, parts: PipelineParts = REAL_PARTS): Promise<PipelineResult> {
  const ground = await PipelineGround.open(options, parts);
  using _turn = await ground.turn();
  const { entry, stages } = retryOf(ground.history(), options.stage);
  const { content, through, run, repository } = entry;
  const products = { ...entry.products, delivered: {} };
  if (!stages.includes('checkout') && stages.some(needsCheckout) && !existsSync(products.directory)) {
    throw new HarnessError('nothing-to-retry', {
      message: `the checkout of ${products.commit.id.slice(0, 12)} has gone from ${products.directory}`,
      hint: 'Retry with `--stage checkout` first.',
    });
  }
  return await runAndReport(ground, {
    ...{ repository: new GitRepository(repository), content, products, only: stages },
    ...(through === undefined ? {} : { through }),
    ...(run === undefined ? {} : { retryOf: run }),
  });
}

/** Whether a stage runs in the checkout, or builds from it. */
function needsCheckout(stage: StageName): boolean {
  return stage !== 'push' && stage !== 'deploy';
}
