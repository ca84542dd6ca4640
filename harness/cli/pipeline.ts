import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { exitCode } from '../contract/endings';
import { stageName, type StageName } from '../contract/lines/pipeline';
import { moduleCommand } from '../core/child';
import { commandLine } from '../core/command-line';
import { commandProgress } from '../core/progress';
import { GitRepository } from '../delivery/pipeline/git';
import { writeHook } from '../delivery/pipeline/hook';
import { tellGithub } from '../report/github';
import type { PipelineResult } from '../scenario/pipeline/options';
import { retryPipeline, runPush } from '../scenario/pipeline/run';
import { INCONCLUSIVE, examples, exitCodes, finish, withConfig } from './help';
import { interruptibleJson, printResult, withJson } from './json';

const RESULT = '{outcome, reason, summary}';

interface CommonOptions {
  readonly config: string;
  readonly json: boolean;
}

interface RunOptions extends CommonOptions {
  readonly repository: string;
  readonly ref?: string;
  readonly commit?: string;
}

/** `rollproof pipeline run`: takes a commit of a bare repository to production. What the hook calls. */
export function pipelineRun(options: RunOptions, signal: AbortSignal): Promise<number> {
  const { config, json, repository, ref, commit } = options;
  const pushed = { ...(ref === undefined ? {} : { ref }), ...(commit === undefined ? {} : { commit }) };
  const words = Object.entries({ repository, ...pushed }).map(([name, value]) => `--${name} ${value}`);
  return told(
    json,
    runPush({
      ...{ configPath: config, repository, ...pushed, signal, progress: commandProgress({ json }) },
      rerun: commandLine(`pipeline run ${words.join(' ')} --config ${config}`),
    }),
  );
}

/** `rollproof pipeline retry`: runs stages of the last pipeline again. */
function pipelineRetry(options: CommonOptions & { readonly stage?: StageName }, signal: AbortSignal): Promise<number> {
  const { config, json, stage } = options;
  const words = stage === undefined ? '' : ` --stage ${stage}`;
  return told(
    json,
    retryPipeline({
      ...{ configPath: config, signal, progress: commandProgress({ json }) },
      ...(stage === undefined ? {} : { stage }),
      rerun: commandLine(`pipeline retry${words} --config ${config}`),
    }),
  );
}

async function told(json: boolean, running: Promise<PipelineResult>): Promise<number> {
  // Whoever pushed may hang up while we say something: the release goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const result = await running;
  const { outcome, reason, summary } = result;
  printResult(json, { outcome, reason, summary }, resultText(result));
  if (summary !== undefined) tellGithub(summary, { json });
  return summary === undefined ? 0 : exitCode(summary);
}

/** What a person reads last: of a stage that failed first how its own log ends. */
export function resultText({ outcome, reason, failure, summary, htmlPath }: PipelineResult): string {
  const { lastLines = [], reason: why } = failure ?? {};
  const headline = summary === undefined ? `${outcome}: ${reason}` : `${summary.headline}.`;
  const isTold = why === undefined || headline.includes(why);
  const lines = [
    ...lastLines.map((line) => `  | ${line}`),
    headline,
    ...(isTold ? [] : [why]),
    ...(htmlPath === undefined ? [] : [htmlPath]),
  ];
  return `${lines.join('\n')}\n`;
}

/** `rollproof pipeline init REPOSITORY`: makes a push to a bare repository start the pipeline. */
async function pipelineInit(directory: string, { config, json }: CommonOptions): Promise<number> {
  const repository = new GitRepository(directory);
  const program = moduleCommand(join(__dirname, 'main'));
  const words = ['pipeline', 'run', '--config', resolve(config), '--repository', repository.directory];
  const hook = await writeHook(repository, { command: [...program, ...words], directory: process.cwd() });
  printResult(json, { hook }, `${hook}\nA push to ${repository.directory} is taken to production from now on.\n`);
  return 0;
}

export function definePipeline(command: Command): void {
  withJson(withConfig(command.command('init')), '{hook}')
    .description('let a push to a bare repository start the pipeline: writes its post-receive hook')
    .argument('<repository>', 'a bare repository of this machine')
    .addHelpText('after', examples('pipeline init /srv/orders.git -c mine/rollproof.config.ts'))
    .addHelpText('after', exitCodes('the hook is written', 'the hook could not be written'))
    .action((repository: string, options: CommonOptions) => finish(pipelineInit(repository, options)));
  withJson(withConfig(command.command('run')), RESULT)
    .description('checkout, build, unit tests, image, integration tests, push, deploy; what the hook calls')
    .requiredOption('--repository <folder>', 'the bare repository')
    .option('--ref <ref>', 'what was pushed to; default: the branch that the pipeline delivers')
    .option('--commit <id>', 'what was pushed to it; default: its tip')
    .addHelpText('after', examples('pipeline run --repository /srv/orders.git'))
    .addHelpText('after', ENDINGS)
    .action((options: RunOptions) => finish(interruptibleJson(options.json, (signal) => pipelineRun(options, signal))));
  withJson(withConfig(command.command('retry')), RESULT)
    .description('run what is not through of the last pipeline again, or one stage alone')
    .addOption(new Option('--stage <name>', 'this stage alone').choices(stageName.options))
    .addHelpText('after', examples('pipeline retry --stage push'))
    .addHelpText('after', ENDINGS)
    .action((options: CommonOptions & { stage?: StageName }) =>
      finish(interruptibleJson(options.json, (signal) => pipelineRetry(options, signal))),
    );
}

const ENDINGS = exitCodes(
  'in production, or nothing was to be done',
  'a command of the pipeline failed, or the release was rolled back',
  INCONCLUSIVE,
);
