import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { bench } from './bench';
import { deployCommand } from './deploy';
import { down } from './down';
import { interruptible } from './interrupt';
import { report } from './report';
import { rules } from './rules';
import { start } from './start';
import { status } from './status';
import { up } from './up';
import { verify } from './verify';

const DEFAULT_CONFIG = 'stack/rollproof.config.ts';

/** Adds every command to the program. Each sets the exit code of the contract: 0, 1, 2, 3 or 130. */
export function registerCommands(program: Command): void {
  const withConfig = (command: Command) =>
    command.option('-c, --config <file>', 'the stack: its rollproof.config.ts', DEFAULT_CONFIG);

  withConfig(program.command('start'))
    .description('bring the stack up, run scenarios, write the report, take the stack down')
    .argument('<files...>', 'scenario files, in order')
    .option('--keep', 'leave the stack up, on the ports of its compose file, and print its URLs', false)
    .option('--seed <seed>', 'repeat the choices of an earlier run')
    .option('--json', 'print summary.json on standard output', false)
    .addHelpText('after', examples('rollproof start scenarios/flagship/flagship.ts', 'npm start -- --keep'))
    .action((files: string[], options: { config: string; keep: boolean; seed?: string; json: boolean }) =>
      finish(interruptible((signal) => start({ files, ...options, signal }))),
    );

  withConfig(program.command('up'))
    .description('bring the stack up behind its fronts and leave it up')
    .addHelpText('after', examples('rollproof up', 'rollproof up --config my/rollproof.config.ts'))
    .action((options: { config: string }) => finish(interruptible((signal) => up({ ...options, signal }))));

  withConfig(program.command('deploy'))
    .description('deploy an image to a managed service of a stack that is up; rolls back by itself')
    .argument('<service>', 'a managed service')
    .requiredOption('--image <image>', 'the image of the next revision')
    .option('--steps <percents>', 'canary weights', parseSteps, [20, 50, 100])
    .option('--rise <points>', 'promote once a rise of this many points of errors would have been seen', parsePoints, 2)
    .option('--redeploy', 'also when this image is already running', false)
    .option('--load', 'send the load of the configuration while deploying', false)
    .addHelpText('after', examples('rollproof deploy api --image me/api:2 --rise 10 --load'))
    .action((service: string, options: DeployFlags) =>
      finish(interruptible((signal) => deployCommand({ service, ...options, signal }))),
    );

  withConfig(program.command('status'))
    .description('revisions, traffic and what is left of earlier runs')
    .option('--json', 'print JSON', false)
    .action((options: { config: string; json: boolean }) => finish(status(options)));

  program
    .command('down')
    .description('remove everything that carries our label, and nothing else')
    .action(() => finish(down()));

  program
    .command('report')
    .description('write the report of a run again, from its journal')
    .argument('[run]', 'a run id, or its folder', 'latest')
    .action((run: string) => finish(report(run)));

  withConfig(program.command('rules'))
    .description('write the production rule file from the alerts of the configuration')
    .action((options: { config: string }) => finish(rules(options)));

  withConfig(program.command('bench'))
    .description('measure, and write reports/bench/<time>.json')
    .argument('[names...]', 'which measurements; all by default')
    .action((names: string[], { config }: { config: string }) =>
      finish(interruptible((signal) => bench(names, { configPath: config, signal }))),
    );

  program
    .command('verify')
    .description('lint, format, types, unit tests, container tests, scenarios')
    .argument('[gates...]', 'which of: lint, format, types, unit, container, scenarios; all by default')
    .action((gates: string[]) => finish(verify(gates)));
}

interface DeployFlags {
  readonly config: string;
  readonly image: string;
  readonly steps: number[];
  readonly rise: number;
  readonly redeploy: boolean;
  readonly load: boolean;
}

async function finish(code: Promise<number>): Promise<void> {
  process.exitCode = await code;
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}

function parseSteps(text: string): number[] {
  const steps = text.split(',').map(Number);
  const rising = steps.every((step, index) => step > (steps[index - 1] ?? 0) && step <= 100);
  if (!rising || steps.at(-1) !== 100) throw new InvalidArgumentError('rising percents that end at 100, as 20,50,100');
  return steps;
}

function parsePoints(text: string): number {
  const points = Number(text);
  if (!(points > 0 && points <= 100)) throw new InvalidArgumentError('points above 0 and up to 100, as 2');
  return points;
}
