import { monotonicMs } from '../../harness/core/clock';
import type { CommandLine } from '../../harness/cli/testing/command-line';
import type { CrashAt, CrashTrial } from '../../harness/cli/testing/crash-trial';
import type { BenchOptions, BenchRow } from './row';
import { BUDGET_MS, KINDS, buildBadImage, tryUntil, waysOf, type Way } from './tiny-rollouts';

/** Nobody judges by these times here: the shorter, the more points. */
const SHORTER = ['--bake', '0.3', '--window', '0.15'];

/**
 * Kills the controller of real rollouts, good and bad ones of every strategy, at points drawn by a seed, as many as the budget allows; each is
 * followed by the next command, under load. Each strategy has a stack of its own that stays up, side by side: what is counted are requests, things
 * and states, which no busy machine changes.
 */
export async function benchCrashPoints({ signal }: BenchOptions): Promise<readonly BenchRow[]> {
  const { IMAGE } = await import('../../harness/cli/testing/tiny-project');
  const { buildCommandLine } = await import('../../harness/cli/testing/built-command-line');
  buildBadImage(IMAGE);
  using commandLine = buildCommandLine();
  const lanes = KINDS.map((kind) => tried(kind, { signal, commandLine, image: IMAGE }));
  const ended = await Promise.allSettled(lanes);
  return ended.flatMap((lane) => {
    if (lane.status === 'rejected') throw lane.reason;
    return lane.value;
  });
}

async function tried(
  kind: string,
  {
    signal,
    commandLine,
    image,
  }: { readonly signal: AbortSignal; readonly commandLine: CommandLine; readonly image: string },
): Promise<readonly BenchRow[]> {
  const { TinyProject } = await import('../../harness/cli/testing/tiny-project');
  const { crashTrial, countLines } = await import('../../harness/cli/testing/crash-trial');
  await using tiny = await TinyProject.create({ web: { scale: kind === 'rolling' ? 2 : 1 }, commandLine });
  await tiny.up();
  const drawn: { readonly way: Way; readonly at: CrashAt }[] = [];
  for (const way of waysOf(kind, image, SHORTER)) {
    const lines = await countLines(tiny, way.deploy);
    for (let line = 1; line <= lines; line += 1)
      for (const isBefore of [true, false]) drawn.push({ way, at: { line, isBefore } });
  }
  const untilMs = monotonicMs() + BUDGET_MS;
  const trials = await tryUntil(drawn, { kind, untilMs, signal }, (way, at) => crashTrial(tiny, way.deploy, at));
  return rowsOf(kind, trials, drawn.length);
}

function rowsOf(kind: string, trials: readonly CrashTrial[], all: number): readonly BenchRow[] {
  const samples = trials.length;
  const sum = (of: (trial: CrashTrial) => number) => trials.reduce((total, trial) => total + of(trial), 0);
  const zero = { limit: 0, samples };
  const isGappy = kind === 'recreate';
  const lost = { name: `${kind}: lost`, value: sum((trial) => trial.lost), unit: 'requests', samples };
  const beyond = { ...lost, name: `${kind}: lost beyond its gaps`, value: sum((trial) => trial.lostBeyondGaps) };
  return [
    { name: `${kind}: crash points tried, of ${all}`, value: samples, unit: 'points', samples },
    // Who stops the old revision first has users wait: the rollout says for how long.
    ...(isGappy ? [lost, { ...beyond, limit: 0 }] : [{ ...lost, limit: 0 }]),
    { name: `${kind}: orphans`, value: sum(({ orphans }) => orphans.length), unit: 'things', ...zero },
    {
      name: `${kind}: wrong stable set, weights or history`,
      value: sum(({ wrong }) => wrong.length),
      unit: 'findings',
      ...zero,
    },
    {
      name: `${kind}: kill → guardian done, longest`,
      value: Math.max(0, ...trials.map(({ homeMs }) => homeMs)),
      unit: 'ms',
      samples,
    },
  ];
}
