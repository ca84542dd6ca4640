import { join, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { PACKAGE_ROOT, isInstalled } from '../core/package-root';
import { commandProgress } from '../core/progress';
import { findConfiguration, writeConfiguration, type Found } from '../project/init/init';
import { durationArgument } from './duration';
import { also, examples, exitCodes, finish } from './help';
import { interruptibleJson, printResult, withJson } from './json';

interface InitOptions {
  readonly file: readonly string[];
  /** ms. */
  readonly look: number;
  readonly yes: boolean;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

const DEFAULT_LOOK_MS = 30_000;

/** `rollproof init`: looks at a project that runs for a while, and writes what a configuration can be begun with. */
async function initCommand({ file, look, yes, json, signal }: InitOptions): Promise<number> {
  const directory = process.cwd();
  const progress = commandProgress({ json });
  const module = moduleFor(directory);
  const found = await findConfiguration({ directory, files: file, module, lookMs: look, progress, signal });
  const isWanted = yes || (await asked(found, signal));
  if (isWanted) writeConfiguration(directory, found.files);
  printResult(json, { ...found, isWritten: isWanted }, text(found, isWanted));
  return 0;
}

/** Shows what would be written, and asks on a terminal; elsewhere nobody can answer. */
async function asked({ files }: Found, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  for (const [name, content] of Object.entries(files)) process.stderr.write(`\n── ${name}\n${content}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return !/^n/i.test(await terminal.question('\nWrite these files? [Y/n] ', { signal }));
  } finally {
    terminal.close();
  }
}

function text({ guesses, files }: Found, isWritten: boolean): string {
  const { managed, left, edges, load } = guesses;
  const lines = [
    ...managed.map(({ service, why }) => `released   ${service}: ${why}`),
    ...left.map(({ service, why }) => `as it is   ${service}: ${why}`),
    ...edges.map(({ from, to, why }) => `calls      ${from} → ${to}: ${why}`),
    ...(load === undefined
      ? []
      : [
          `load       GET ${load.requests.map(({ path }) => path).join(', ')} to ${load.service}:${load.port}: ${load.why}`,
        ]),
  ];
  const names = Object.keys(files).join(', ');
  const end = isWritten ? `Wrote ${names}.` : `Wrote nothing; \`--yes\` writes ${names}.`;
  return `${lines.join('\n')}\n\n${end}\n`;
}

/** From which a configuration in this folder imports rollproof: the package, or in a clone of it the source. */
function moduleFor(directory: string): string {
  if (isInstalled) return 'rollproof';
  const path = relative(directory, join(PACKAGE_ROOT, 'harness'));
  return path.startsWith('.') ? path : `./${path}`;
}

export function defineInit(command: Command): void {
  withJson(command, 'what was guessed, and the files,')
    .option(
      '-f, --file <file>',
      'a compose file; may be repeated. Default: those that docker compose finds here',
      also,
      [],
    )
    .option('--look <time>', 'for how long the running project is looked at', durationArgument, DEFAULT_LOOK_MS)
    .option('-y, --yes', 'write the files without asking; one that is there is never overwritten', false)
    .addHelpText('after', examples('init --yes', 'init -f deploy/compose.yaml --look 1m'))
    .addHelpText('after', exitCodes('done', 'not used'))
    .action((options: Omit<InitOptions, 'signal'>) =>
      finish(interruptibleJson(options.json, (signal) => initCommand({ ...options, signal }))),
    );
}
