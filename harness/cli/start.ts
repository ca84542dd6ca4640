import type { Command } from 'commander';
import { stackWords, withCompose } from './compose-flags';
import { INCONCLUSIVE, also, examples, exitCodes, finish, withConfig } from './help';
import { imagesAsked, imagesWords, withImages, type ImagesWords } from './images-flags';
import { SUMMARY, interruptibleJson, printResult, withJson } from './json';
import { basename } from 'node:path';
import { commandLine } from '../core/command-line';
import { isHarnessError } from '../core/errors';
import { tellGithub } from '../report/github';
import { loadScenarios } from './load-scenarios';
import { commandProgress } from '../core/progress';
import { Session } from '../scenario/session';
import { exitCode } from '../contract/endings';

export interface StartOptions extends ImagesWords {
  readonly files: readonly string[];
  readonly config: string;
  readonly keep: boolean;
  readonly seed?: string;
  readonly tag: readonly string[];
  readonly scenario: readonly string[];
  readonly reports?: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** `rollproof start FILE…`: every scenario of the files, in order, on one stack. Goes on after a failed one. */
export async function start(options: StartOptions): Promise<number> {
  const { files, config, keep, seed, tag: tags, scenario: named, reports, json, signal } = options;
  const acts = await loadScenarios(files, { tags, named });
  const session = await Session.start({
    configPath: config,
    title: basename(files[0] ?? 'run').replace(/\.ts$/, ''),
    rerun: commandLine(
      `start ${[...files, stackWords(config), ...chosen(options), ...imagesWords(options)].join(' ')}`,
    ),
    images: imagesAsked(options),
    seedOption: '--seed',
    keep,
    signal,
    progress: commandProgress({ json }),
    ...(seed === undefined ? {} : { seed }),
    ...(reports === undefined ? {} : { reportsDirectory: reports }),
  });
  for (const { scenario, phase } of acts) {
    if (session.signal.aborted) break;
    await session.run(scenario, phase);
  }
  const { text, summary, htmlPath } = await session.finish();
  if (!json) process.stderr.write(`\n${text}\n`);
  tellGithub(summary, { json });
  printResult(json, summary, `${htmlPath}\n`);
  // What cut the run off is the one error to be told, whatever it made fail on its way.
  if (isHarnessError(session.signal.reason)) throw session.signal.reason;
  return exitCode(summary);
}

/** The words that choose the same scenarios again. */
function chosen({ tag, scenario }: Pick<StartOptions, 'tag' | 'scenario'>): string[] {
  return [...tag.map((one) => `--tag ${one}`), ...scenario.map((one) => `--scenario ${JSON.stringify(one)}`)];
}

export function defineStart(command: Command): void {
  withImages(withJson(withCompose(withConfig(command)), SUMMARY))
    .argument('<files...>', 'scenario files, in order')
    .option('--keep', 'leave the stack up, on the ports of its compose file, and print its URLs', false)
    .option('--seed <seed>', 'repeat the choices of an earlier run')
    .option(
      '--tag <tag>',
      'only scenarios with this tag; may be said again. Default: all that are not nightly',
      also,
      [],
    )
    .option('--scenario <title>', 'only the scenario of this title or id; may be said again', also, [])
    .option('--reports <folder>', 'where the folder of the run is made (default: "reports")')
    .addHelpText(
      'after',
      examples(
        'start mine/good.scenario.ts --keep',
        'start mine/slow.scenario.ts -c mine/rollproof.config.ts',
        'start scenarios/*/*.scenario.ts --tag slow',
      ),
    )
    .addHelpText('after', exitCodes('passed', 'failed', INCONCLUSIVE))
    .action((files: string[], options: Omit<StartOptions, 'files' | 'signal'>) =>
      finish(interruptibleJson(options.json, (signal) => start({ files, ...options, signal }))),
    );
}
