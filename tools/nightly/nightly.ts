import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { exampleLines, finish } from '../../harness/cli/help';
import { interruptibleJson } from '../../harness/cli/json';
import {
  commandCandidate,
  nightly,
  scenarioCandidates,
  withNight,
  type NightChoice,
  type NightlyFlags,
} from '../../harness/cli/nightly';
import { BENCHMARKS } from '../bench/benchmarks';

const SCENARIOS = 'scenarios/**/*.scenario.ts';

/** `npm test` on two cores, ms. */
const TESTS_GUESS_MS = 600_000;
const REPLICAS_GUESS_MS = 240_000;
const LONG_GUESS_MS = 600_000;

interface Flags extends NightlyFlags {
  readonly tests: boolean;
}

/** A command of `tools/`, as a process. */
function tools(...words: readonly string[]): string[] {
  return [process.execPath, '--import', 'tsx', join('tools', 'main.ts'), ...words];
}

/** What only a stack with several replicas of `orders` shows: its scenarios are skipped on any other. */
function ofReplicas(replicas: number, tag: string) {
  const jest = [process.execPath, join('node_modules', 'jest', 'bin', 'jest.js'), '--selectProjects', 'scenarios'];
  const words = ['env', `ORDERS_REPLICAS=${replicas}`, `ROLLPROOF_TAGS=${tag}`, ...jest, '--runInBand'];
  return commandCandidate(`scenarios of ${replicas} replicas`, words, { guessMs: REPLICAS_GUESS_MS });
}

/** `npm test`, the scenarios of the reference stack, and the container tests and benchmarks that take too long by day. */
async function choiceOf({ tag, tests, config }: Flags): Promise<NightChoice> {
  const { candidates, leftOut } = await scenarioCandidates(globSync(SCENARIOS).sort(), tag);
  const first = tests ? commandCandidate('npm test', tools('verify'), { guessMs: TESTS_GUESS_MS }) : undefined;
  const measured = Object.entries(BENCHMARKS).filter(([, { nightly: isLong }]) => isLong === true && tag.length === 0);
  const benches = measured.map(([name, { minutes = 5 }]) =>
    commandCandidate(`npm run bench -- ${name}`, tools('bench', name, '--config', config), {
      figuresIn: join('reports', 'bench'),
      guessMs: minutes * 60_000,
    }),
  );
  const long =
    tag.length > 0 ? [] : [commandCandidate('npm run long', ['npm', 'run', 'long'], { guessMs: LONG_GUESS_MS })];
  const several = tag.length > 0 ? [] : [ofReplicas(2, 'two-replicas'), ofReplicas(3, 'three-replicas')];
  const without = { id: 'command:npm test', title: 'npm test', reason: 'it was not asked for (--no-tests)' };
  return {
    candidates: [...(first === undefined ? [] : [first]), ...candidates, ...long, ...several, ...benches],
    ...(first === undefined ? { leftOut: [without, ...leftOut] } : { first, leftOut }),
    rerun: `npm run nightly -- ${[...tag.map((one) => `--tag ${one}`), ...(tests ? [] : ['--no-tests']), '--config', config].join(' ')}`,
  };
}

export function addNightly(program: Command): void {
  withNight(program.command('nightly'))
    .description('what npm test does, then what is for the night, as long as the budget lasts; one report')
    .option('--no-tests', 'leave out what npm test does; the report says so')
    .addHelpText(
      'after',
      exampleLines(
        'npm run nightly -- --budget 60m',
        'npm run nightly -- --budget 30m --seed 2026-11-26',
        'npm run nightly -- --budget 5m --no-tests --tag matrix',
        'npm run nightly -- --plan',
      ),
    )
    .action((flags: Flags) =>
      finish(interruptibleJson(flags.json, async (signal) => nightly(await choiceOf(flags), flags, signal))),
    );
}
