import { InvalidArgumentError, type Command } from 'commander';
import { interruptible } from '../core/interrupt';
import { INCONCLUSIVE, JSON_HELP, examples, exitCodes, finish, withConfig } from './help';
import { addStrategyFlags, strategyFrom, strategyWords, type StrategyWords } from './strategy-flags';
import { isHarnessError } from '../core/errors';
import { exitCode } from '../contract/endings';
import { rolloutSentence } from '../contract/rollout-words';
import type { Summary } from '../contract/summary';
import { commandProgress } from '../core/progress';
import { tells } from '../report/opening';
import { Session } from '../scenario/session';
import type { ScenarioContext } from '../scenario/context';

export interface DeployOptions {
  readonly service: string;
  readonly config: string;
  readonly image: string;
  /** A strategy's kind. */
  readonly strategy: string;
  /** What its flags say. */
  readonly words: StrategyWords;
  /** Points of the error ratio. */
  readonly rise: number;
  readonly redeploy: boolean;
  readonly load: boolean;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

function rerun({ service, image, config, strategy, words, rise, redeploy, load }: DeployOptions): string {
  const flags = [...(redeploy ? ['--redeploy'] : []), ...(load ? ['--load'] : [])];
  const by = strategyWords(strategy, words);
  const said = [`--image ${image}`, ...by, `--rise ${rise}`, ...flags, `--config ${config}`];
  return `npm run rollproof -- deploy ${service} ${said.join(' ')}`;
}

/** `rollproof deploy SERVICE --image IMAGE`: on a stack that is up. Exit 1 when it was rolled back. */
export async function deployCommand(options: DeployOptions): Promise<number> {
  const strategy = strategyFrom(options.strategy, options.words, { riseToDetect: options.rise / 100 });
  const session = await Session.start({
    configPath: options.config,
    title: `deploy ${options.service}`,
    rerun: rerun(options),
    stack: 'existing',
    signal: options.signal,
    progress: commandProgress({ json: options.json }),
  });
  let ending: string | undefined;
  const run = async ({ load, deploy, expect }: ScenarioContext) => {
    await using traffic = options.load ? await load.open() : undefined;
    const { service, image, redeploy } = options;
    await using rollout = await deploy(service, { image, redeploy, strategy });
    const result = await rollout.ended();
    await traffic?.stop();
    ending = rolloutSentence(result);
    if (result.outcome === 'unchanged') expect(result.from).toBe(result.to);
    else expect(result).toHaveBeenPromoted();
    if (traffic !== undefined) expect(traffic).toHaveLostNoRequests();
  };
  const outcome = await session.run(
    { id: 'deploy', title: `deploy ${options.image} to ${options.service}`, run },
    'delivery',
  );
  const { summary, htmlPath } = await session.finish();
  if (isHarnessError(outcome.error) && outcome.verdict === 'error') throw outcome.error;
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else process.stdout.write(`${lastLines(summary, ending).join('\n')}\n${htmlPath}\n`);
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

export function addDeploy(program: Command): void {
  addStrategyFlags(withConfig(program.command('deploy')))
    .description('deploy an image to a managed service of a stack that is up; rolls back by itself')
    .argument('<service>', 'a managed service')
    .requiredOption('--image <image>', 'the image of the next revision')
    .option('--rise <points>', 'promote once a rise of this many points of errors would have been seen', parsePoints, 2)
    .option('--redeploy', 'also when this image is already running', false)
    .option('--load', 'send the load of the configuration while deploying', false)
    .option('--json', JSON_HELP, false)
    .addHelpText(
      'after',
      examples('npm run rollproof -- deploy api --image me/api:2 --rise 10 --load -c mine/rollproof.config.ts'),
    )
    .addHelpText('after', exitCodes('promoted, or already running', 'rolled back, or requests were lost', INCONCLUSIVE))
    .action((service: string, options: Omit<DeployOptions, 'service' | 'words' | 'signal'>) =>
      finish(interruptible((signal) => deployCommand({ service, ...options, words: { ...options }, signal }))),
    );
}

function parsePoints(text: string): number {
  const points = Number(text);
  if (!(points > 0 && points <= 100)) throw new InvalidArgumentError('points above 0 and up to 100, as 2');
  return points;
}
