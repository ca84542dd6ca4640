import { join } from 'node:path';
import { moduleCommand } from '../core/child';
import type { ErrorKind } from '../core/error-codes';
import { monotonicMs } from '../core/clock';
import { INTERRUPTED } from '../core/interrupt';
import type { Verdict } from '../contract/verdict';
import { runsIn } from '../project/run-folder';
import type { BatchResult, Candidate, Means, Tried } from './candidate';
import { runChild, type ChildEnd } from './child';
import type { Planned } from './plan';
import { figuresSince, readRun } from './read-run';

/** Our own command line. */
const ROLLPROOF = join(__dirname, '..', 'cli', 'main');

/** Where and with what a night tries things. */
export interface TryGround {
  readonly configPath: string;
  readonly seed: string;
  /** The night's own folder. */
  readonly directory: string;
  /** Where runs leave their folders that a command starts. */
  readonly reportsDirectory: string;
  readonly onOutput?: (text: string) => void;
}

/** Tries what was planned together, in a process of its own. `number` makes the name of its folder. */
export function tryBatch(
  batch: readonly Planned[],
  number: number,
  ground: TryGround,
  signal: AbortSignal,
): Promise<BatchResult> {
  const [first] = batch;
  const means = first?.candidate.means;
  if (first !== undefined && means?.kind === 'command')
    return tryCommand(first.candidate, means, number, ground, signal);
  return tryScenarios(batch, number, ground, signal);
}

async function tryScenarios(
  batch: readonly Planned[],
  number: number,
  ground: TryGround,
  signal: AbortSignal,
): Promise<BatchResult> {
  const { configPath, seed, directory, onOutput } = ground;
  const candidates = batch.map(({ candidate }) => candidate);
  const files = [...new Set(candidates.flatMap(({ means }) => (means.kind === 'scenario' ? [means.file] : [])))];
  const folder = join(directory, 'tries', numbered(number));
  const words = candidates.flatMap(({ id }) => ['--scenario', id]);
  const startedMs = monotonicMs();
  const end = await runChild({
    command: [
      ...moduleCommand(ROLLPROOF),
      'start',
      ...files,
      ...words,
      '--config',
      configPath,
      '--seed',
      seed,
      '--reports',
      folder,
    ],
    ...{ env: childEnvironment(seed), logPath: join(directory, 'logs', `${numbered(number)}.log`), signal },
    ...(onOutput === undefined ? {} : { onOutput }),
  });
  const tookMs = monotonicMs() - startedMs;
  const run = readRun(join(folder, 'latest'), directory);
  const told = run?.tries ?? [];
  // A stack that did not come up, or a process that died, has told nothing of those that were still to come.
  const untold = candidates.filter(({ id }) => !told.some(({ candidate }) => candidate === id));
  const how = run?.summary.reason ?? end.lastLine;
  const missing = untold.map(({ id }) => ({ candidate: id, seed, durationMs: 0, ...endingOf(end, how) }));
  const isStop = run === undefined ? end.exitCode === 2 : run.tries.length === 0 && run.summary.kind === 'cannot-run';
  return { tries: [...told, ...missing], figures: run?.figures ?? [], tookMs, ...(isStop ? { stop: how } : {}) };
}

async function tryCommand(
  { id }: Candidate,
  { command, figuresIn }: Extract<Means, { kind: 'command' }>,
  number: number,
  { seed, directory, reportsDirectory, onOutput }: TryGround,
  signal: AbortSignal,
): Promise<BatchResult> {
  const before = runsIn(reportsDirectory);
  const ownFigures = figuresIn === undefined ? () => [] : figuresSince(figuresIn);
  const startedMs = monotonicMs();
  const end = await runChild({
    command,
    ...{ env: childEnvironment(seed), logPath: join(directory, 'logs', `${numbered(number)}.log`), signal },
    ...(onOutput === undefined ? {} : { onOutput }),
  });
  const durationMs = monotonicMs() - startedMs;
  const runs = runsIn(reportsDirectory)
    .filter((name) => !before.includes(name))
    .flatMap((name) => readRun(join(reportsDirectory, name), directory) ?? []);
  const own: Tried = { candidate: id, seed, durationMs, ...endingOf(end, end.lastLine) };
  return {
    // Scenarios that it ran were tried as well.
    tries: [own, ...runs.flatMap(({ tries }) => tries)],
    figures: [...runs.flatMap(({ figures }) => figures), ...ownFigures()],
    tookMs: durationMs,
  };
}

/** What the contract's exit code says. */
function endingOf({ exitCode }: ChildEnd, how: string): { verdict: Verdict; kind?: ErrorKind; reason?: string } {
  const reason = `${exitCode === null ? 'it was ended by a signal' : `exit code ${exitCode}`}${how === '' ? '' : `: ${how}`}`;
  switch (exitCode) {
    case 0:
      return { verdict: 'passed' };
    case 1:
      return { verdict: 'failed', reason };
    case 2:
      return { verdict: 'error', kind: 'cannot-run', reason };
    case 3:
    case INTERRUPTED:
    case null:
      return { verdict: 'inconclusive', kind: 'inconclusive', reason };
    default:
      return { verdict: 'error', reason };
  }
}

/** The night tells GitHub once, for all. */
function childEnvironment(seed: string): NodeJS.ProcessEnv {
  const { GITHUB_STEP_SUMMARY: _summary, GITHUB_ACTIONS: _actions, ...env } = process.env;
  return { ...env, ROLLPROOF_SEED: seed };
}

function numbered(number: number): string {
  return String(number).padStart(3, '0');
}
