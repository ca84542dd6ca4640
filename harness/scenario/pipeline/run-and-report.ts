import { kindOf, verdictOf } from '../../contract/endings';
import { FileJournal } from '../../contract/journal';
import type { StageReport } from '../../contract/lines/pipeline';
import { errorMessage } from '../../core/errors';
import { newSeed } from '../../core/random';
import { takenBackBefore } from '../../delivery/pipeline/decide';
import type { GitRepository } from '../../delivery/pipeline/git';
import { runPipeline, type PipelineEnd, type PipelineRun } from '../../delivery/pipeline/run-pipeline';
import { createRunFolder, type RunFolder } from '../../project/run-folder';
import { buildReport } from '../../report/build-report';
import { dropCheckouts } from './checkouts';
import type { PipelineGround } from './ground';
import type { PipelineResult } from './options';

/** What is to be run, on the ground that is there. */
interface Begun extends Pick<PipelineRun, 'products' | 'only' | 'through'> {
  readonly repository: GitRepository;
  /** Hash of what decides what is delivered. */
  readonly content: string;
  /** The run whose stages are run again. */
  readonly retryOf?: string;
}

/** Runs the stages as one run: a folder with a journal, whose report follows from it, and a line in the history. */
export async function runAndReport(ground: PipelineGround, begun: Begun): Promise<PipelineResult> {
  const { options, parts, pipeline } = ground;
  const { products } = begun;
  const engine = await parts.preflight(pipeline.registry);
  dropCheckouts(ground.history(), products.directory);
  const folder = createRunFolder(options.reportsDirectory ?? 'reports');
  let failure: StageReport | undefined;
  {
    using journal = new FileJournal(folder.journalPath);
    const title = `pipeline of ${products.commit.id.slice(0, 12)}`;
    journal.append({
      ...{ type: 'run-started', run: folder.run, title, seed: newSeed(), rerun: options.rerun },
      versions: { node: process.versions.node, engine: engine.version, api: engine.apiVersion },
    });
    failure = await runIn(folder, journal, ground, begun);
  }
  const { summary, htmlPath } = await buildReport(folder.directory);
  const outcome = summary.pipeline?.outcome ?? 'stopped';
  return { outcome, summary, htmlPath, ...(failure === undefined ? {} : { failure }) };
}

async function runIn(
  folder: RunFolder,
  journal: FileJournal,
  ground: PipelineGround,
  { repository, content, retryOf, ...own }: Begun,
): Promise<StageReport | undefined> {
  const { options, pipeline } = ground;
  const { commit, ref } = own.products;
  journal.append({
    ...{ type: 'pipeline-started', repository: repository.directory, ref, commit: commit.id },
    ...(retryOf === undefined ? {} : { retryOf }),
  });
  const before = takenBackBefore(ground.history(), commit.id);
  if (before !== undefined) {
    journal.append({ type: 'note', message: `this commit was taken back from production before: ${before}` });
  }
  let failure: StageReport | undefined;
  const end = await runPipeline({
    ...{ pipeline, journal, ports: ground.ports(repository, folder.directory), runDirectory: folder.directory },
    ...{ signal: options.signal, ...own },
    onStage: (report) => {
      if (report.state === 'failed') failure = report;
      const { durationMs } = report;
      options.progress.step(stageText(report), durationMs === undefined ? {} : { tookMs: Math.round(durationMs) });
    },
  });
  const reason = end.error === undefined ? {} : { reason: errorMessage(end.error) };
  ground.remember({
    ...{ run: folder.run, repository: repository.directory, outcome: end.outcome, content, products: end.products },
    ...(end.stage === undefined ? {} : { stage: end.stage }),
    ...(end.through === undefined ? {} : { through: end.through }),
    ...reason,
  });
  journal.append({ type: 'run-finished', ...endingOf(end), ...reason });
  // What has failed may be tried again in its checkout.
  if (end.outcome === 'deployed') dropCheckouts(ground.history());
  return failure;
}

function endingOf({ error }: PipelineEnd) {
  const kind = kindOf(error);
  return { verdict: verdictOf(error), ...(kind === undefined ? {} : { kind }) };
}

const SIGNS = { started: '▶', passed: '✓', failed: '✕', skipped: '–' } as const;

function stageText({ stage, state, reason }: StageReport): string {
  return `${SIGNS[state]} ${stage}${reason === undefined ? '' : `: ${reason}`}`;
}
