import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { deadline, monotonicMs } from '../../harness/core/clock';

/** A gate that has not ended by then hangs. */
const GATE_MS_MAX = 1_800_000;

/** One gate of `npm test`: a program and how to read what it found. */
export interface Gate {
  readonly name: string;
  /** A program of `node_modules/.bin`, or any by its path; and its arguments. */
  readonly command: readonly string[];
  /** Jest writes its counts here; a gate without it counts as one. */
  readonly resultPath?: string;
  /** The run's `summary.json`: tells an inconclusive run from a failed one. Such a gate also speaks the contract's exit code 2. */
  readonly summaryPath?: string;
}

export type Outcome = 'passed' | 'failed' | 'inconclusive' | 'cannot-run' | 'interrupted';

export interface GateResult {
  readonly gate: Gate;
  readonly outcome: Outcome;
  readonly passed: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly skipped: number;
  readonly tookMs: number;
}

export interface GateRun {
  /** Aborting it sends SIGTERM to the gate, once, and waits for its end. */
  readonly signal: AbortSignal;
  /** Takes what the gate prints, for gates that run side by side. Default: the terminal. */
  readonly output?: GateOutput;
}

/** What a gate prints: held back until its turn, then shown as it comes. */
export class GateOutput {
  #held = '';
  #print: ((text: string) => void) | undefined;

  write(text: string): void {
    if (this.#print === undefined) this.#held += text;
    else this.#print(text);
  }

  show(print: (text: string) => void): void {
    print(this.#held);
    this.#print = print;
  }
}

/** Runs a gate to its end. */
export async function runGate(gate: Gate, run: GateRun): Promise<GateResult> {
  const startedMs = monotonicMs();
  const runBefore = gate.summaryPath === undefined ? undefined : readSummary(gate.summaryPath)?.run;
  const exitCode = await execute(gate, run);
  const counts = gate.resultPath === undefined ? undefined : readCounts(gate.resultPath);
  const summary = gate.summaryPath === undefined ? undefined : readSummary(gate.summaryPath);
  const found = summary?.run === runBefore ? undefined : summary;
  const outcome: Outcome = run.signal.aborted ? 'interrupted' : outcomeOf(gate, exitCode, counts, found);
  const inconclusive = outcome === 'inconclusive' ? (counts?.failed ?? 0) : 0;
  // A test runner counts as passed what a run skipped for want of a capability.
  const passedOver = Math.min(found?.counts.skipped ?? 0, counts?.passed ?? 0);
  // A runner that fails without a failed test (a broken set-up, say) is a failure of its own.
  const atLeast = outcome === 'failed' ? 1 : 0;
  return {
    gate,
    outcome,
    passed: counts === undefined ? (outcome === 'passed' ? 1 : 0) : counts.passed - passedOver,
    failed: outcome === 'inconclusive' ? 0 : Math.max(counts?.failed ?? 0, atLeast),
    inconclusive,
    skipped: (counts?.skipped ?? 0) + passedOver,
    tookMs: monotonicMs() - startedMs,
  };
}

/** The contract's exit code: what failed counts before what could not run, and that before what showed nothing. */
export function exitCodeOf(outcomes: readonly Outcome[]): 0 | 1 | 2 | 3 | 130 {
  if (outcomes.includes('interrupted')) return 130;
  if (outcomes.includes('failed')) return 1;
  if (outcomes.includes('cannot-run')) return 2;
  return outcomes.includes('inconclusive') ? 3 : 0;
}

function outcomeOf(
  gate: Gate,
  exitCode: number,
  counts: Counts | undefined,
  summary: RunSummary | undefined,
): Exclude<Outcome, 'interrupted'> {
  if (exitCode === 0) {
    // A runner that counted nothing, and a run that ended badly after its last scenario, have not passed.
    const counted = gate.resultPath === undefined || counts?.failed === 0;
    const ended = gate.summaryPath === undefined || summary?.verdict === 'passed';
    return counted && ended ? 'passed' : 'failed';
  }
  if (gate.summaryPath === undefined) return 'failed';
  if (exitCode === 2 && counts === undefined) return 'cannot-run';
  // Every failed test must be a scenario without an answer: a file that could not be loaded is not in the summary.
  const unanswered = summary?.verdict === 'inconclusive' ? summary.counts.inconclusive : 0;
  return counts !== undefined && counts.failed > 0 && counts.failed <= unanswered ? 'inconclusive' : 'failed';
}

async function execute({ command: [name = '', ...args] }: Gate, { signal, output }: GateRun): Promise<number> {
  const local = join('node_modules', '.bin', name);
  // Jest's JSON goes to its file; its standard output would repeat it.
  const stdout = name === 'jest' ? 'ignore' : output === undefined ? 'inherit' : 'pipe';
  const child = spawn(existsSync(local) ? local : name, args, {
    stdio: ['ignore', stdout, output === undefined ? 'inherit' : 'pipe'],
    env: output !== undefined && process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env,
    // A group of its own: the terminal's Ctrl-C would reach it beside ours, and a second signal cuts its cleaning up short.
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => output?.write(text));
  }
  const forward = () => child.kill('SIGTERM');
  const leave = () => killGroup(child);
  const stopWaiting = deadline(GATE_MS_MAX, () => {
    output?.write(`${name} was killed: it had not ended after ${GATE_MS_MAX / 60_000} min\n`);
    leave();
  });
  if (signal.aborted) forward();
  signal.addEventListener('abort', forward, { once: true });
  // Who does not wait for us to end leaves nothing of the gate running.
  process.once('exit', leave);
  try {
    return await exitOf(child);
  } finally {
    stopWaiting();
    // It has ended; what it started may not have.
    if (signal.aborted) leave();
    signal.removeEventListener('abort', forward);
    process.off('exit', leave);
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

const jestSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
  numPendingTests: z.number(),
});

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function readCounts(path: string): Counts | undefined {
  const found = jestSchema.safeParse(readJson(path)).data;
  if (found === undefined) return undefined; // Jest died before it wrote its counts; the exit code speaks.
  return {
    passed: found.numPassedTests,
    failed: found.numFailedTests + found.numRuntimeErrorTestSuites,
    skipped: found.numPendingTests,
  };
}

const summarySchema = z.object({
  run: z.string(),
  verdict: z.string(),
  counts: z.object({ inconclusive: z.number(), skipped: z.number().default(0) }),
});

type RunSummary = z.infer<typeof summarySchema>;

function readSummary(path: string): RunSummary | undefined {
  return summarySchema.safeParse(readJson(path)).data;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
