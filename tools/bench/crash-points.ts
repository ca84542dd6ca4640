import { monotonicMs } from '../../harness/core/clock';
import type { CrashAt, CrashTrial } from '../../harness/cli/testing/crash-trial';
import type { BenchOptions, BenchRow } from './row';
import { BUDGET_MS, KINDS, buildBadImage, tryUntil, waysOf, type Way } from './tiny-rollouts';

/**
 * Kills the controller of real rollouts, good and bad ones of every strategy, at points drawn by a seed, as many as the budget allows; each is
 * followed by the next command, under load.
 */
export async function benchCrashPoints({ signal }: BenchOptions): Promise<readonly BenchRow[]> {
  const { CONFIG, IMAGE, TinyProject } = await import('../../harness/cli/testing/tiny-project');
  const { crashTrial, countLines } = await import('../../harness/cli/testing/crash-trial');
  buildBadImage(IMAGE);
  const rows: BenchRow[] = [];
  for (const kind of KINDS) {
    await using tiny = await TinyProject.create({ web: { scale: kind === 'rolling' ? 2 : 1 } });
    await tiny.run(['up', ...CONFIG]).exitCode();
    const untilMs = monotonicMs() + BUDGET_MS / KINDS.length;
    const ways = waysOf(kind, IMAGE);
    const drawn: { readonly way: Way; readonly at: CrashAt }[] = [];
    for (const way of ways) {
      const lines = await countLines(tiny, way.deploy);
      for (let line = 1; line <= lines; line += 1)
        for (const isBefore of [true, false]) drawn.push({ way, at: { line, isBefore } });
    }
    const all = drawn.length;
    const trials = await tryUntil(drawn, { kind, untilMs, signal }, (way, at) => crashTrial(tiny, way.deploy, at));
    rows.push(...rowsOf(kind, trials, all));
  }
  return rows;
}

function rowsOf(kind: string, trials: readonly CrashTrial[], all: number): readonly BenchRow[] {
  const samples = trials.length;
  const sum = (of: (trial: CrashTrial) => number) => trials.reduce((total, trial) => total + of(trial), 0);
  const zero = { limit: 0, samples };
  const lost = { name: `${kind}: lost`, value: sum((trial) => trial.lost), unit: 'requests', samples };
  return [
    { name: `${kind}: crash points tried, of ${all}`, value: samples, unit: 'points', samples },
    // Who stops the old revision first has users wait: the rollout says for how long.
    kind === 'recreate' ? lost : { ...lost, limit: 0 },
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
