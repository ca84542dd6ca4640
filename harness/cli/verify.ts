import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { isRecord } from '../core/guards';

/** One gate of `npm test`. */
interface Gate {
  readonly name: string;
  readonly command: readonly string[];
  /** Jest writes its counts here; a gate without it counts as one. */
  readonly resultPath?: string;
}

interface GateResult {
  readonly gate: Gate;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly tookMs: number;
}

const RESULTS = join('.rollproof', 'verify');

function jestGate(name: string, project: string): Gate {
  const resultPath = join(RESULTS, `${project}.json`);
  // In-band: scenarios share one stack, and two stacks at once would measure each other.
  // Jest takes no time limit from a project's own configuration.
  const workers =
    project === 'unit' ? ['--maxWorkers', '100%'] : ['--runInBand', '--forceExit', '--testTimeout', '300000'];
  return {
    name,
    command: ['jest', '--selectProjects', project, ...workers, '--json', '--outputFile', resultPath],
    resultPath,
  };
}

const GATES: readonly Gate[] = [
  { name: 'lint', command: ['eslint', '.'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  jestGate('unit tests', 'unit'),
  jestGate('container tests', 'docker'),
  jestGate('scenarios', 'scenarios'),
];

/** `npm test`: every gate, each even when an earlier one failed; then one line with what passed and what did not. */
export async function verify(only: readonly string[]): Promise<number> {
  const known = GATES.map(({ name }) => firstWord(name));
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new HarnessError('unknown-gate', {
      message: `no gate is called ${unknown.join(', ')}`,
      hint: `There are: ${known.join(', ')}.`,
    });
  }
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const gates = only.length === 0 ? GATES : GATES.filter(({ name }) => only.includes(firstWord(name)));
  const results: GateResult[] = [];
  for (const gate of gates) {
    process.stdout.write(`\n── ${gate.name}\n`);
    results.push(await runGate(gate));
  }
  process.stdout.write(summary(results));
  return results.some(({ failed }) => failed > 0) ? 1 : 0;
}

function firstWord(name: string): string {
  return name.split(' ')[0] ?? name;
}

async function runGate(gate: Gate): Promise<GateResult> {
  const startedMs = monotonicMs();
  const exitCode = await run(gate.command);
  const counts = gate.resultPath === undefined ? undefined : readCounts(gate.resultPath);
  const passed = counts?.passed ?? (exitCode === 0 ? 1 : 0);
  // A runner that fails without a failed test (a broken set-up, say) is a failure of its own.
  const failed = Math.max(counts?.failed ?? 0, exitCode === 0 ? 0 : 1);
  return { gate, passed, failed, skipped: counts?.skipped ?? 0, tookMs: monotonicMs() - startedMs };
}

function run(command: readonly string[]): Promise<number> {
  const [name = '', ...args] = command;
  return new Promise((resolve) => {
    // Jest's JSON goes to its file; its standard output would repeat it.
    const child = spawn(join('node_modules', '.bin', name), args, {
      stdio: ['ignore', name === 'jest' ? 'ignore' : 'inherit', 'inherit'],
    });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.once('SIGTERM', forward);
    child.on('error', () => resolve(127));
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

function readCounts(path: string): { passed: number; failed: number; skipped: number } | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // Jest died before it wrote its counts; the exit code speaks.
  }
  if (!isRecord(parsed)) return undefined;
  const count = (key: string) => (typeof parsed[key] === 'number' ? parsed[key] : 0);
  return {
    passed: count('numPassedTests'),
    failed: count('numFailedTests') + count('numRuntimeErrorTestSuites'),
    skipped: count('numPendingTests'),
  };
}

function summary(results: readonly GateResult[]): string {
  const total = (key: 'passed' | 'failed' | 'skipped') => results.reduce((sum, result) => sum + result[key], 0);
  const rows = results.map(({ gate, passed, failed, skipped, tookMs }) => {
    const mark = failed === 0 ? '✓' : '✗';
    const counts = `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
    return `${mark} ${gate.name.padEnd(16)} ${counts.padEnd(34)} ${(tookMs / 1000).toFixed(1)} s`;
  });
  const skipped = total('skipped') === 0 ? '' : `, ${total('skipped')} skipped`;
  return `\n${rows.join('\n')}\n\n${total('passed')} passed, ${total('failed')} failed${skipped}\n`;
}
