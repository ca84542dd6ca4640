import type { Command } from 'commander';
import { loadConfigFile } from '../contract/config-file';
import { releaseSentence } from '../contract/release-words';
import { commandLine } from '../core/command-line';
import { HarnessError } from '../core/errors';
import { commandProgress } from '../core/progress';
import { composeFilesOf } from '../project/release/checkout';
import { releasedBefore } from '../project/release/merge-base';
import type { ReleaseTarget } from '../project/release/target';
import type { StackVersion } from '../project/plan';
import { releaseRun } from '../scenario/release-run';
import { Session } from '../scenario/session';
import { stackWords, withCompose } from './compose-flags';
import { INCONCLUSIVE, examples, exitCodes, finish, withConfig } from './help';
import { imageOf } from './image-option';
import { SUMMARY, interruptibleJson, withJson } from './json';
import { tellEnding } from './run-ending';
import { addStrategyFlags, strategyFrom, strategyWords, type StrategyWords } from './strategy-flags';

interface TestOptions {
  readonly config: string;
  /** Git refs. */
  readonly from?: string;
  readonly to?: string;
  readonly fromImage: Readonly<Record<string, string>>;
  readonly toImage: Readonly<Record<string, string>>;
  /** A strategy's kind. */
  readonly strategy: string;
  /** What its flags say. */
  readonly words: StrategyWords;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** `rollproof test`: brings a version up, sends it the load, releases the next one over it, tells how that went, and takes all of it down. */
async function testCommand(options: TestOptions): Promise<number> {
  const { config, json, signal, words } = options;
  const strategy = strategyFrom(options.strategy, words);
  const progress = commandProgress({ json });
  const [from, to] = [await versionBefore(options, (text) => progress.step(text)), targetOf(options)];
  const title = `release ${nameOf(options)} over ${from.name}`;
  const session = await Session.start({
    ...{ configPath: config, title, rerun: rerun(options), signal, progress },
    version: from.version,
    // Each version is what its own source makes, whatever images are there.
    ...(from.version.files === undefined ? {} : { images: { build: 'always' } as const }),
  });
  let ending: string | undefined;
  const run = releaseRun({ spec: { to, strategy }, load: true, onEnd: (result) => (ending = releaseSentence(result)) });
  const outcome = await session.run({ id: 'test', title, run }, 'delivery');
  return tellEnding({ outcome, ending, ...(await session.finish()) }, { json });
}

/** The version that comes up first. */
async function versionBefore(
  { config, from, fromImage, toImage }: TestOptions,
  say: (text: string) => void,
): Promise<{ readonly name: string; readonly version: StackVersion }> {
  const byImages = [fromImage, toImage].map((images) => Object.keys(images).length > 0);
  if (byImages[0] !== byImages[1]) {
    throw new HarnessError('bad-argument', {
      message: '--from-image and --to-image belong together: each names one of the two versions',
      hint: 'Give both, as `--from-image api=me/api:1 --to-image api=me/api:2`; or none, and versions are git refs.',
    });
  }
  if (byImages[0] === true) return { name: Object.values(fromImage).join(', '), version: { images: fromImage } };
  const loaded = await loadConfigFile(config);
  const [file = loaded.path] = loaded.composeFiles;
  const base = from === undefined ? await releasedBefore(file) : { commit: from, why: 'as asked' };
  const name = from ?? base.commit.slice(0, 12);
  say(`the version that runs is ${name} (${base.why})`);
  return { name, version: { files: await composeFilesOf(loaded, base.commit) } };
}

function nameOf({ to, toImage }: TestOptions): string {
  return Object.values(toImage).join(', ') || (to ?? 'the working tree');
}

function targetOf({ to, toImage }: TestOptions): ReleaseTarget {
  if (Object.keys(toImage).length > 0) return { images: toImage };
  return to === undefined ? {} : { ref: to };
}

function rerun({ config, from, to, fromImage, toImage, strategy, words }: TestOptions): string {
  const said = [
    ...(from === undefined ? [] : [`--from ${from}`]),
    ...(to === undefined ? [] : [`--to ${to}`]),
    ...Object.entries(fromImage).map(([service, image]) => `--from-image ${service}=${image}`),
    ...Object.entries(toImage).map(([service, image]) => `--to-image ${service}=${image}`),
    ...strategyWords(strategy, words),
    stackWords(config),
  ];
  return commandLine(`test ${said.join(' ')}`);
}

export function defineTest(command: Command): void {
  addStrategyFlags(withJson(withCompose(withConfig(command)), SUMMARY))
    .option('--from <ref>', 'the version that runs: a git ref. Default: where this branch left the trunk')
    .option('--to <ref>', 'the version that is released: a git ref. Default: the working tree')
    .option(
      '--from-image <service=image>',
      'an image of the version that runs, instead of refs; may be repeated',
      imageOf,
      {},
    )
    .option('--to-image <service=image>', 'an image of the version that is released; may be repeated', imageOf, {})
    .addHelpText(
      'after',
      examples(
        'test -c mine/rollproof.config.ts',
        'test --from v1.4 --to v1.5 --strategy blue-green',
        'test --from-image api=me/api:1 --to-image api=me/api:2',
      ),
    )
    .addHelpText('after', exitCodes('released, and nothing was lost', 'went back, or requests were lost', INCONCLUSIVE))
    .action((options: Omit<TestOptions, 'words' | 'signal'>) =>
      finish(interruptibleJson(options.json, (signal) => testCommand({ ...options, signal, words: { ...options } }))),
    );
}
