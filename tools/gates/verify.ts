import type { Command } from 'commander';
import { interruptible } from '../../harness/core/interrupt';
import { INCONCLUSIVE, exampleLines, exitCodes, finish } from '../../harness/cli/help';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { HarnessError } from '../../harness/core/errors';
import { TEST_PROJECTS, sweepTestProjects } from '../../harness/docker/testing/test-projects';
import { GateOutput, exitCodeOf, runGate, type Gate, type GateResult, type Outcome } from './gate';

const RESULTS = join('.rollproof', 'verify');

// Jest takes no time limit from a project's own configuration.
const SLOW = ['--forceExit', '--testTimeout', '300000'];

const JEST_ARGUMENTS = {
  // More than half of their time is waiting for sockets and clocks of their own: twice this machine's cores keeps those busy meanwhile.
  unit: ['--maxWorkers', String(availableParallelism() * 2)],
  // They wait for containers for most of their time; side by side they assert orders and counts, and leave each other's projects alone.
  docker: ['--maxWorkers', '4', '--testSequencer', join(__dirname, 'longest-first.ts'), ...SLOW],
  // In-band: scenarios share one stack, and two stacks at once would measure each other.
  scenarios: ['--runInBand', ...SLOW],
} as const;

function jestGate(name: string, project: keyof typeof JEST_ARGUMENTS): Gate {
  const resultPath = join(RESULTS, `${project}.json`);
  return {
    name,
    command: ['jest', '--selectProjects', project, ...JEST_ARGUMENTS[project], '--json', '--outputFile', resultPath],
    resultPath,
    ...(project === 'scenarios' ? { summaryPath: join('reports', 'latest', 'summary.json') } : {}),
  };
}

/** What only reads. */
const STATIC: readonly Gate[] = [
  { name: 'lint', command: ['eslint', '.'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'unused', command: ['knip', '--no-progress'] },
];

/** Gates of one stage run side by side. What has deadlines runs without a compiler beside it: with one, two cores were at a load of 20 and containers starved. */
const STAGES: readonly (readonly Gate[])[] = [
  [jestGate('unit tests', 'unit')],
  STATIC,
  [jestGate('container tests', 'docker')],
  [jestGate('scenarios', 'scenarios')],
];

/**
 * `npm test`: every gate, each even when an earlier one failed; then one line with what passed and what did not.
 * @throws HarnessError `unknown-gate`
 */
export async function verify(only: readonly string[], signal: AbortSignal): Promise<number> {
  const known = STAGES.flat().map(({ name }) => firstWord(name));
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new HarnessError('unknown-gate', {
      message: `no gate is called ${unknown.join(', ')}`,
      hint: `There are: ${known.join(', ')}.`,
    });
  }
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const projects = resolve(RESULTS, 'projects');
  process.env[TEST_PROJECTS] = projects;
  const wanted = ({ name }: Gate) => only.length === 0 || only.includes(firstWord(name));
  const exitCode = await runStages(
    STAGES.map((stage) => stage.filter(wanted)),
    signal,
    (text) => process.stdout.write(text),
  );
  // A test that was cut off removes nothing itself.
  if (signal.aborted) await sweepTestProjects(projects);
  return exitCode;
}

/** Runs stage after stage, starts none after `signal`, prints the summary and returns the exit code of the contract. */
export async function runStages(
  stages: readonly (readonly Gate[])[],
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const results: GateResult[] = [];
  for (const stage of stages) {
    if (signal.aborted) break;
    const running = stage.map((gate) => {
      const output = stage.length > 1 ? new GateOutput() : undefined;
      return { gate, output, ended: runGate(gate, { signal, ...(output === undefined ? {} : { output }) }) };
    });
    for (const { gate, output, ended } of running) {
      print(`\n── ${gate.name}\n`);
      output?.show(print);
      results.push(await ended);
    }
  }
  print(summary(results));
  return signal.aborted ? exitCodeOf(['interrupted']) : exitCodeOf(results.map(({ outcome }) => outcome));
}

function firstWord(name: string): string {
  return name.split(' ')[0] ?? name;
}

const MARKS: Readonly<Record<Outcome, string>> = {
  passed: '✓',
  failed: '✗',
  inconclusive: '?',
  'cannot-run': '∅',
  interrupted: '✗',
};

function summary(results: readonly GateResult[]): string {
  const total = (key: 'passed' | 'failed' | 'inconclusive' | 'skipped') =>
    results.reduce((sum, result) => sum + result[key], 0);
  const rows = results.map(({ gate, outcome, tookMs, ...counts }) => {
    const said =
      outcome === 'cannot-run' ? 'cannot run here' : outcome === 'interrupted' ? 'interrupted' : counted(counts);
    return `${MARKS[outcome]} ${gate.name.padEnd(16)} ${said.padEnd(34)} ${(tookMs / 1000).toFixed(1)} s`;
  });
  const totals = {
    passed: total('passed'),
    failed: total('failed'),
    inconclusive: total('inconclusive'),
    skipped: total('skipped'),
  };
  const rare = rareCounts(totals);
  return `\n${rows.join('\n')}\n\n${rare === '' ? '' : `${rare}\n`}${plainCounts(totals)}\n`;
}

type Counts = Pick<GateResult, 'passed' | 'failed' | 'inconclusive' | 'skipped'>;

function counted(counts: Counts): string {
  return [plainCounts(counts), rareCounts(counts)].filter(Boolean).join(', ');
}

function plainCounts({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`;
}

function rareCounts(counts: Counts): string {
  const rare = (['inconclusive', 'skipped'] as const).filter((key) => counts[key] > 0);
  return rare.map((key) => `${counts[key]} ${key}`).join(', ');
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('lint, format, types, unused code, unit tests, container tests, scenarios')
    .argument('[gates...]', 'which of: lint, format, types, unused, unit, container, scenarios; all by default')
    .addHelpText('after', exampleLines('npm test', 'npm test -- unit scenarios'))
    .addHelpText('after', exitCodes('passed', 'failed', INCONCLUSIVE))
    .action((gates: string[]) => finish(interruptible((signal) => verify(gates, signal))));
}
