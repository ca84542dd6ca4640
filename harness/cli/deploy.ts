import type { Command } from 'commander';
import { deployPlan } from './deploy-plan';
import { INCONCLUSIVE, examples, exitCodes, finish, withConfig } from './help';
import { SUMMARY, interruptibleJson, withJson } from './json';
import { addStrategyFlags, strategyFrom, strategyWords, type StrategyWords } from './strategy-flags';
import type { LoadedConfig } from '../contract/config-file';
import { isHarnessError } from '../core/errors';
import { warningOf } from '../delivery/plan-facts';
import { exitCode } from '../contract/endings';
import { tellGithub } from '../report/github';
import { rolloutSentence } from '../contract/rollout-words';
import type { Summary } from '../contract/summary';
import { commandProgress } from '../core/progress';
import { revisionToGoBackTo } from '../delivery/revisions/preflight';
import type { Revision } from '../delivery/revisions/revision';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';
import { tells } from '../report/opening';
import { Session } from '../scenario/session';
import { deployRun } from '../scenario/deploy-run';

export interface DeployOptions {
  readonly service: string;
  readonly config: string;
  /** Of the next revision; or else `undo`. */
  readonly image?: string;
  /** An earlier revision to go back to. */
  readonly undo?: number | 'last-good';
  /** A strategy's kind. */
  readonly strategy: string;
  /** What its flags say. */
  readonly words: StrategyWords;
  readonly redeploy: boolean;
  readonly load: boolean;
  /** Says what would be done, and does nothing. */
  readonly plan: boolean;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

function rerun(options: DeployOptions): string {
  const { service, image, undo, config, strategy, words, redeploy, load } = options;
  const flags = [...(redeploy ? ['--redeploy'] : []), ...(load ? ['--load'] : [])];
  const what = [
    ...(image === undefined ? [] : [`--image ${image}`]),
    ...(typeof undo === 'number' ? [`--to ${undo}`] : []),
  ];
  const said = [...what, ...strategyWords(strategy, words), ...flags, `--config ${config}`];
  return `npm run rollproof -- ${undo === undefined ? 'deploy' : 'undo'} ${service} ${said.join(' ')}`;
}

/** Where an undo begins and where it goes, by the records; `undefined` when there is nowhere to go. */
function wayBack({ service, undo }: DeployOptions, loaded: LoadedConfig): WayBack | undefined {
  if (undo === undefined) return undefined;
  const revisions = openRevisionStore(revisionsPath(loaded.stateDirectory));
  const from = revisions.stable(service);
  const to = from && revisionToGoBackTo(undo, { from, history: revisions.list(service) });
  return from && to && { from: named(from), to: named(to) };
}

interface WayBack {
  readonly from: string;
  readonly to: string;
}

const named = ({ label, image }: Revision) => `${label} (${image})`;

function titleOf({ service, image, undo }: DeployOptions, way: WayBack | undefined): string {
  if (undo === undefined) return `deploy ${image} to ${service}`;
  if (way !== undefined) return `take ${service} back to ${way.to}`;
  return `take ${service} back to ${undo === 'last-good' ? 'its last good revision' : `revision ${undo}`}`;
}

/** `rollproof deploy SERVICE --image IMAGE`, or `undo SERVICE`: on a stack that is up. Exit 1 when it was rolled back. */
export async function deployCommand(options: DeployOptions): Promise<number> {
  const strategy = strategyFrom(options.strategy, options.words);
  const { service, image, undo, redeploy, load } = options;
  const what = { ...(image === undefined ? {} : { image }), ...(undo === undefined ? {} : { undo }), redeploy };
  if (options.plan) return deployPlan({ ...options, request: { service, ...what }, strategy });
  const progress = commandProgress({ json: options.json });
  const warning = warningOf(strategy, options.service);
  if (warning !== undefined) progress.step(warning);
  const session = await Session.start({
    configPath: options.config,
    title: `${options.undo === undefined ? 'deploy' : 'undo'} ${options.service}`,
    rerun: rerun(options),
    stack: 'existing',
    signal: options.signal,
    progress,
  });
  // Whatever a dead command left has been ended by now, so the records say what serves.
  const way = wayBack(options, session.loaded);
  if (way !== undefined) progress.step(`${way.from} serves now; a new revision is made as ${way.to} was, and judged`);
  let ending: string | undefined;
  const run = deployRun({
    ...{ service, load },
    spec: { ...what, strategy },
    onEnd: (result) => {
      const madeAs = way === undefined || result.outcome !== 'promoted' ? '' : `; it is made as ${way.to} was`;
      ending = `${rolloutSentence(result)}${madeAs}`;
    },
  });
  const outcome = await session.run({ id: 'deploy', title: titleOf(options, way), run }, 'delivery');
  const { summary, htmlPath } = await session.finish();
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  tellGithub(summary, options);
  if (isHarnessError(outcome.error) && outcome.verdict === 'error') throw outcome.error;
  if (!options.json) process.stdout.write(`${lastLines(summary, ending).join('\n')}\n${htmlPath}\n`);
  return exitCode(summary);
}

/** What a person reads last: how it went, and why; each once. */
export function lastLines({ verdict, kind, headline, reason }: Summary, ending: string | undefined): string[] {
  if (verdict === 'passed') return ending === undefined ? [] : [ending];
  const lines = [`${headline}.`];
  if (ending !== undefined) lines.push(kind === 'release' ? ending.replace(/^rolled back: /, '') : ending);
  const isTold = reason === undefined || reason === ending || tells(headline, reason);
  return isTold ? lines : [...lines, reason];
}

/** What every command takes that begins a rollout. */
export function addRolloutFlags(command: Command): Command {
  return addStrategyFlags(withJson(withConfig(command), SUMMARY))
    .argument('<service>', 'a managed service')
    .option('--redeploy', 'also when this very content and definition are running', false)
    .option('--load', 'send the load of the configuration meanwhile', false)
    .option('--plan', 'say what would change, and each step with its times; change nothing', false);
}

export function addDeploy(program: Command): void {
  addRolloutFlags(program.command('deploy'))
    .description('deploy an image to a managed service of a stack that is up; rolls back by itself')
    .requiredOption('--image <image>', 'the image of the next revision')
    .addHelpText(
      'after',
      examples(
        'npm run rollproof -- deploy api --image me/api:2 --rise 10 --load -c mine/rollproof.config.ts',
        'npm run rollproof -- deploy api --image me/api:2 --strategy rolling --max-surge 1 --max-unavailable 0',
        'npm run rollproof -- deploy api --image me/api:2 --strategy recreate --plan',
      ),
    )
    .addHelpText('after', exitCodes('promoted, or already running', 'rolled back, or requests were lost', INCONCLUSIVE))
    .action((service: string, options: Omit<DeployOptions, 'service' | 'words' | 'signal'>) =>
      finish(
        interruptibleJson(options.json, (signal) =>
          deployCommand({ service, ...options, words: { ...options }, signal }),
        ),
      ),
    );
}
