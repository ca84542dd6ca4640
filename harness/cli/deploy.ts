import type { Command } from 'commander';
import { deployPlan } from './deploy-plan';
import { stackWords, withCompose } from './compose-flags';
import { INCONCLUSIVE, examples, exitCodes, finish, withConfig, withWait } from './help';
import { askedOf, type DeployWords } from './deploy-asked';
import { imagesAsked, imagesWords, withImages, type ImagesWords } from './images-flags';
import { SUMMARY, interruptibleJson, printResult, withJson } from './json';
import { tellEnding } from './run-ending';
import { addStrategyFlags, strategyFrom, strategyWords, wordsOf, type StrategyWords } from './strategy-flags';
import { loadConfigFile, type LoadedConfig } from '../contract/config-file';
import { warningOf } from '../delivery/plan-facts';
import { rolloutSentence } from '../contract/rollout-words';
import { commandLine } from '../core/command-line';
import { commandProgress } from '../core/progress';
import { requireManaged } from '../delivery/revisions/require-managed';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';
import { deployedOf } from '../project/plan';
import { Session } from '../scenario/session';
import { deployRun } from '../scenario/deploy-run';

export interface DeployOptions extends DeployWords, ImagesWords {
  readonly config: string;
  /** A strategy's kind. Without one the last rollout is tried once more, by its own. */
  readonly strategy?: string;
  /** What its flags say. */
  readonly words: StrategyWords;
  readonly load: boolean;
  /** How long to wait for another rollout of the service to end, ms. Default: not at all. */
  readonly wait?: number;
  /** Says what would be done, and does nothing. */
  readonly plan: boolean;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** The command that this is. */
function verbOf({ undo, strategy }: DeployOptions): 'deploy' | 'undo' | 'retry' {
  if (strategy === undefined) return 'retry';
  return undo === undefined ? 'deploy' : 'undo';
}

function rerun(options: DeployOptions): string {
  const { service, image, undo, config, strategy, words, redeploy, allSteps, load } = options;
  const said = [
    ...(image === undefined ? [] : [`--image ${image}`]),
    ...(typeof undo === 'number' ? [`--to ${undo}`] : []),
    ...(strategy === undefined ? [] : strategyWords(strategy, words)),
    ...(redeploy ? ['--redeploy'] : []),
    ...(allSteps === true ? ['--all-steps'] : []),
    ...(load ? ['--load'] : []),
    ...imagesWords(options),
    stackWords(config),
  ];
  return commandLine(`${verbOf(options)} ${service} ${said.join(' ')}`);
}

/** `rollproof deploy SERVICE --image IMAGE`, `undo SERVICE`, or `retry SERVICE`: on a stack that is up. Exit 1 when it was rolled back. */
export async function deployCommand(options: DeployOptions): Promise<number> {
  const strategy = options.strategy === undefined ? undefined : strategyFrom(options.strategy, options.words);
  const ask = (loaded: LoadedConfig) => askedOf(options, loaded, strategy);
  const { service, load, config, json, signal } = options;
  const nothing = strategy === undefined ? await nothingYet(options, ask) : undefined;
  if (nothing !== undefined) return nothingDone(options, nothing);
  if (options.plan) return deployPlan({ config, ask, json, signal });
  const progress = commandProgress({ json });
  const session = await Session.start({
    configPath: config,
    title: `${verbOf(options)} ${service}`,
    rerun: rerun(options),
    stack: 'existing',
    service,
    images: imagesAsked(options),
    ...(options.wait === undefined ? {} : { waitMs: options.wait }),
    signal,
    progress,
  });
  // Whatever a dead command left has been ended by now, so the records say what serves.
  const asked = await orFinished(session, async () => {
    if (verbOf(options) !== 'deploy' || options.image !== undefined) return ask(session.loaded);
    const image = await session.stack.provideImage(service, session.signal);
    return askedOf({ ...options, ...(image === undefined ? {} : { image }) }, session.loaded, strategy);
  });
  if ('nothing' in asked) {
    await session.finish();
    return nothingDone(options, asked.nothing);
  }
  const warning = warningOf(asked.request.strategy, service);
  for (const text of [...asked.says, ...(warning === undefined ? [] : [warning])]) progress.step(text);
  let ending: string | undefined;
  const { service: _service, ...spec } = asked.request;
  const run = deployRun({
    ...{ service, load, spec },
    onEnd: (result) => {
      const isMade = asked.madeAs !== undefined && result.outcome === 'promoted';
      ending = `${rolloutSentence(result)}${isMade ? `; it is made as ${asked.madeAs} was` : ''}`;
    },
  });
  const outcome = await session.run({ id: 'deploy', title: asked.title, run }, 'delivery');
  return tellEnding({ outcome, ending, ...(await session.finish()) }, options);
}

type Ask = (loaded: LoadedConfig) => ReturnType<typeof askedOf>;

/** Why there is nothing to try again, where the records say so already: no dead command's rollout may change that. */
async function nothingYet({ config, service }: DeployOptions, ask: Ask): Promise<string | undefined> {
  const loaded = await loadConfigFile(config);
  requireManaged(service, deployedOf(loaded.config));
  if (openRevisionStore(revisionsPath(loaded.stateDirectory)).unfinished(service).length > 0) return undefined;
  const asked = ask(loaded);
  return 'nothing' in asked ? asked.nothing : undefined;
}

function nothingDone(options: DeployOptions, nothing: string): number {
  printResult(options.json, { service: options.service, verb: verbOf(options), nothing }, `${nothing}\n`);
  return 0;
}

/** What is asked, of a session that does not stay open where that cannot be said. */
async function orFinished(session: Session, ask: () => Promise<ReturnType<Ask>>): Promise<ReturnType<Ask>> {
  try {
    return await ask();
  } catch (error) {
    await session.finish();
    throw error;
  }
}

/** What every command takes that begins a rollout. */
export function addRolloutFlags(command: Command): Command {
  return withWait(
    addStrategyFlags(withJson(withCompose(withConfig(command)), SUMMARY))
      .argument('<service>', 'a managed service')
      .option('--redeploy', 'also when this very content and definition are running', false)
      .option('--load', 'send the load of the configuration meanwhile', false)
      .option('--plan', 'say what would change, and each step with its times; change nothing', false),
    'another rollout of the service',
  );
}

export function defineDeploy(command: Command): void {
  withImages(addRolloutFlags(command))
    .option(
      '--image <image>',
      'the image of the next revision. Default: as the compose files have it now, built or pulled',
    )
    .addHelpText(
      'after',
      examples(
        'deploy api --image me/api:2 --rise 10 --load -c mine/rollproof.config.ts',
        'deploy api --image me/api:2 --strategy rolling --max-surge 1 --max-unavailable 0',
        'deploy api --image me/api:2 --strategy recreate --plan',
        'deploy api --image me/api:3 --wait 10m --load',
        'deploy api --load',
      ),
    )
    .addHelpText('after', exitCodes('promoted, or already running', 'rolled back, or requests were lost', INCONCLUSIVE))
    .action((service: string, options: Omit<DeployOptions, 'service' | 'words' | 'signal'>, command: Command) =>
      finish(
        interruptibleJson(options.json, (signal) =>
          deployCommand({ service, ...options, words: wordsOf({ ...options }, command), signal }),
        ),
      ),
    );
}
