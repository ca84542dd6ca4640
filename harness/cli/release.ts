import type { Command } from 'commander';
import { releaseSentence } from '../contract/release-words';
import { commandLine } from '../core/command-line';
import { HarnessError } from '../core/errors';
import { commandProgress } from '../core/progress';
import type { ReleaseTarget } from '../project/release/target';
import { releaseRun } from '../scenario/release-run';
import { Session } from '../scenario/session';
import { stackWords, withCompose } from './compose-flags';
import { INCONCLUSIVE, also, examples, exitCodes, finish, withConfig, withWait } from './help';
import { imageOf } from './image-option';
import { imagesAsked, imagesWords, withImages, type ImagesWords } from './images-flags';
import { SUMMARY, interruptibleJson, withJson } from './json';
import { releasePlan } from './release-plan';
import { tellEnding } from './run-ending';
import { addStrategyFlags, strategyFrom, strategyWords, wordsOf, type StrategyWords } from './strategy-flags';

interface ReleaseOptions extends ImagesWords {
  readonly config: string;
  readonly to: readonly string[];
  readonly toRef?: string;
  readonly image: Readonly<Record<string, string>>;
  /** A strategy's kind. */
  readonly strategy: string;
  /** What its flags say. */
  readonly words: StrategyWords;
  readonly load: boolean;
  /** How long to wait for whoever holds any part of the project, ms. Default: not at all. */
  readonly wait?: number;
  readonly plan: boolean;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** `rollproof release`: on a stack that is up. Exit 1 when it went back. */
async function releaseCommand(options: ReleaseOptions): Promise<number> {
  const { config, load, json, signal } = options;
  const strategy = strategyFrom(options.strategy, options.words);
  const to = targetOf(options);
  if (options.plan) return releasePlan({ config, to, strategy, json, signal });
  const session = await Session.start({
    configPath: config,
    title: 'release the whole project',
    rerun: rerun(options),
    images: imagesAsked(options),
    stack: 'existing',
    ...(options.wait === undefined ? {} : { waitMs: options.wait }),
    signal,
    progress: commandProgress({ json }),
  });
  let ending: string | undefined;
  const run = releaseRun({ spec: { to, strategy }, load, onEnd: (result) => (ending = releaseSentence(result)) });
  const outcome = await session.run({ id: 'release', title: `release ${named(options)}`, run }, 'delivery');
  return tellEnding({ outcome, ending, ...(await session.finish()) }, { json });
}

function targetOf({ to, toRef, image }: ReleaseOptions): ReleaseTarget {
  if (to.length > 0 && toRef !== undefined) {
    throw new HarnessError('bad-argument', {
      message: '--to and --to-ref name two versions',
      hint: 'Give one of them. Nothing was changed.',
    });
  }
  return {
    ...(to.length === 0 ? {} : { composeFiles: to }),
    ...(toRef === undefined ? {} : { ref: toRef }),
    ...(Object.keys(image).length === 0 ? {} : { images: image }),
  };
}

function named({ to, toRef, image }: ReleaseOptions): string {
  const images = Object.entries(image).map(([service, name]) => `${service}=${name}`);
  const version = toRef ?? (to.length > 0 ? to.join(', ') : images.length > 0 ? undefined : 'today’s compose files');
  return [version, ...images].filter((word) => word !== undefined).join(' with ');
}

function rerun({ config, to, toRef, image, strategy, words, load, ...images }: ReleaseOptions): string {
  const said = [
    ...to.map((file) => `--to ${file}`),
    ...(toRef === undefined ? [] : [`--to-ref ${toRef}`]),
    ...Object.entries(image).map(([service, name]) => `--image ${service}=${name}`),
    ...imagesWords(images),
    ...strategyWords(strategy, words),
    ...(load ? ['--load'] : []),
    stackWords(config),
  ];
  return commandLine(`release ${said.join(' ')}`);
}

export function defineRelease(command: Command): void {
  withWait(
    addStrategyFlags(withImages(withJson(withCompose(withConfig(command)), SUMMARY))),
    'whoever changes the project',
  )
    .option(
      '--to <file>',
      'a compose file of the version, relative to the configuration; may be repeated. Default: the compose files of the configuration as they are now',
      also,
      [],
    )
    .option('--to-ref <ref>', 'the compose files of the configuration as a git commit has them')
    .option(
      '--image <service=image>',
      'another image of one service; may be repeated. Alone: what runs, with these images',
      imageOf,
      {},
    )
    .option('--load', 'send the load of the configuration meanwhile', false)
    .option('--plan', 'say what would be done, in order, and how each step is undone; change and build nothing', false)
    .addHelpText(
      'after',
      examples(
        'release --load -c mine/rollproof.config.ts',
        'release --to-ref v2 --plan',
        'release --wait 15m --load',
        'release --image api=me/api:2 --image web=me/web:2 --strategy blue-green --load',
      ),
    )
    .addHelpText('after', exitCodes('released, or already running', 'went back, or requests were lost', INCONCLUSIVE))
    .action((options: Omit<ReleaseOptions, 'words' | 'signal'>, command: Command) => {
      const words = wordsOf({ ...options }, command);
      return finish(interruptibleJson(options.json, (signal) => releaseCommand({ ...options, words, signal })));
    });
}
