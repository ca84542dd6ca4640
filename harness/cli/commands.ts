import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { bench } from './bench';
import { benchmarkList } from './benchmark-list';
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
const INCONCLUSIVE = 'inconclusive: not enough evidence to say';
const EXIT_CODES = exitCodes('passed', 'failed', INCONCLUSIVE);
const DEPLOY_EXIT_CODES = exitCodes('promoted, or already running', 'rolled back, or requests were lost', INCONCLUSIVE);
const BENCH_EXIT_CODES = exitCodes('measured, all within their limits', 'a limit was passed, or a measurement failed');

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
    .addHelpText(
      'after',
      examples('npm start -- --keep', 'npm run rollproof -- start mine/slow.scenario.ts -c mine/rollproof.config.ts'),
    )
    .addHelpText('after', EXIT_CODES)
    .action((files: string[], options: { config: string; keep: boolean; seed?: string; json: boolean }) =>
      finish(interruptible((signal) => start({ files, ...options, signal }))),
    );

  withConfig(program.command('up'))
    .description('bring the stack up behind its fronts and leave it up')
    .addHelpText('after', examples('npm run up', 'npm run up -- --config mine/rollproof.config.ts'))
    .action((options: { config: string }) => finish(interruptible((signal) => up({ ...options, signal }))));

  withConfig(program.command('deploy'))
    .description('deploy an image to a managed service of a stack that is up; rolls back by itself')
    .argument('<service>', 'a managed service')
    .requiredOption('--image <image>', 'the image of the next revision')
    .option('--steps <percents>', 'canary weights', parseSteps, [20, 50, 100])
    .option('--rise <points>', 'promote once a rise of this many points of errors would have been seen', parsePoints, 2)
    .option('--redeploy', 'also when this image is already running', false)
    .option('--load', 'send the load of the configuration while deploying', false)
    .addHelpText(
      'after',
      examples('npm run rollproof -- deploy api --image me/api:2 --rise 10 --load -c mine/rollproof.config.ts'),
    )
    .addHelpText('after', DEPLOY_EXIT_CODES)
    .action((service: string, options: DeployFlags) =>
      finish(interruptible((signal) => deployCommand({ service, ...options, signal }))),
    );

  withConfig(program.command('status'))
    .description('revisions, traffic and what is left of earlier runs')
    .option('--json', 'print JSON', false)
    .addHelpText('after', examples('npm run rollproof -- status', 'npm run --silent rollproof -- status --json'))
    .action((options: { config: string; json: boolean }) => finish(status(options)));

  program
    .command('down')
    .description('remove everything that carries our label, and nothing else; what a living run holds stays')
    .option('-p, --project <names...>', 'only these compose projects')
    .option('--force', 'also what a living run holds', false)
    .addHelpText('after', examples('npm run down', 'npm run down -- --project rp-mine-1a2b3c --force'))
    .action((options: { project?: string[]; force: boolean }) => finish(down(options)));

  program
    .command('report')
    .description('write the report of a run again, from its journal')
    .argument('[run]', 'a run id, or its folder', 'latest')
    .addHelpText('after', examples('npm run rollproof -- report', 'npm run rollproof -- report 20261124-020619-e86e'))
    .action((run: string) => finish(report(run)));

  withConfig(program.command('rules'))
    .description('write the production rule file from the alerts of the configuration')
    .addHelpText('after', examples('npm run rules', 'npm run rules -- --config mine/rollproof.config.ts'))
    .action((options: { config: string }) => finish(rules(options)));

  withConfig(program.command('bench'))
    .description('measure, and write reports/bench/<time>.json')
    .argument('[names...]', 'which measurements; by default all but the nightly ones')
    .addHelpText('after', benchmarkList)
    .addHelpText('after', examples('npm run bench', 'npm run bench -- load rollbacks'))
    .addHelpText('after', BENCH_EXIT_CODES)
    .action((names: string[], { config }: { config: string }) =>
      finish(interruptible((signal) => bench(names, { configPath: config, signal }))),
    );

  program
    .command('verify')
    .description('lint, format, types, unit tests, container tests, scenarios')
    .argument('[gates...]', 'which of: lint, format, types, unit, container, scenarios; all by default')
    .addHelpText('after', examples('npm test', 'npm test -- unit scenarios'))
    .addHelpText('after', EXIT_CODES)
    .action((gates: string[]) => finish(interruptible((signal) => verify(gates, signal))));
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

/** The contract of every command; `passed`, `failed` and `inconclusive` are said in the command's own words. */
function exitCodes(passed: string, failed: string, inconclusive?: string): string {
  const codes = [
    `  0    ${passed}`,
    `  1    ${failed}`,
    '  2    cannot run here: says what is missing, and how to get it',
    ...(inconclusive === undefined ? [] : [`  3    ${inconclusive}`]),
    '  130  interrupted; cleaned up first',
  ];
  return `\nExit codes:\n${codes.join('\n')}\n`;
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
