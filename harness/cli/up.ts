import type { Command } from 'commander';
import { stackWords, withCompose } from './compose-flags';
import { examples, exitCodes, finish, withConfig } from './help';
import { imagesAsked, imagesWords, withImages, type ImagesWords } from './images-flags';
import { interruptibleJson, withJson } from './json';
import { commandLine, quotedCommand } from '../core/command-line';
import { commandProgress } from '../core/progress';
import { exitCode } from '../contract/endings';
import { Session } from '../scenario/session';

interface UpOptions extends ImagesWords {
  readonly config: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** `rollproof up`: brings the stack up behind its fronts, prints its URLs, and leaves it up. */
export async function up({ config, json, signal, ...images }: UpOptions): Promise<number> {
  const session = await Session.start({
    configPath: config,
    title: 'up',
    rerun: commandLine(['up', ...imagesWords(images), stackWords(config)].join(' ')),
    images: imagesAsked(images),
    keep: true,
    signal,
    progress: commandProgress({ json }),
  });
  const urls = await session.stack.urls();
  const [service = ''] = Object.keys(session.loaded.config.managed);
  const { summary, text } = await session.finish();
  if (summary.verdict === 'error') {
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    else process.stderr.write(`${text}\n`);
    return exitCode(summary);
  }
  if (json) {
    process.stdout.write(`${JSON.stringify({ urls })}\n`);
    return 0;
  }
  for (const [name, url] of Object.entries(urls)) process.stdout.write(`${name.padEnd(14)} ${url}\n`);
  const deploy = commandLine(`deploy ${service} --image IMAGE --load ${stackWords(config)}`);
  process.stdout.write(`\nDeploy with \`${deploy}\`; take it down with ${quotedCommand('down')}.\n`);
  return 0;
}

export function defineUp(command: Command): void {
  withImages(withJson(withCompose(withConfig(command)), '{urls}, or summary.json where it is not to be used,'))
    .addHelpText('after', examples('up', 'up --config mine/rollproof.config.ts'))
    .addHelpText('after', exitCodes('up', 'it did not come up'))
    .action((options: Omit<UpOptions, 'signal'>) =>
      finish(interruptibleJson(options.json, (signal) => up({ ...options, signal }))),
    );
}
