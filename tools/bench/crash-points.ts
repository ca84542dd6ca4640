import { execFileSync } from 'node:child_process';
import { monotonicMs } from '../../harness/core/clock';
import { seededRandom } from '../../harness/core/random';
import { STRATEGIES } from '../../harness/delivery/strategies/list';
import type { CrashAt, CrashTrial } from '../../harness/cli/testing/crash-trial';
import type { BenchOptions, BenchRow } from './row';

/** How long it may try points, and from where it draws them. */
const BUDGET_MS = 1_000 * Number(process.env['CRASH_POINTS_SECONDS'] ?? 1_800);
const SEED = process.env['CRASH_POINTS_SEED'] ?? 'crash-points';
const ONLY = process.env['CRASH_POINTS_STRATEGIES']?.split(',');

/** What makes a rollout of the tiny service short; which points it has is the strategy's own. */
const SHORT = ['--rise', '50', '--min-ready', '0.3', '--bake', '1', '--window', '0.3', '--warmup', '10'];
const OWN: Readonly<Record<string, readonly string[]>> = { canary: ['--steps', '50,100'] };

/** A release that fails every other request: the points of a rollback. */
const BAD_IMAGE = 'rollproof-test/tiny:fails-every-other';

/**
 * Kills the controller of real rollouts, good and bad ones of every strategy, at points drawn by a seed, as many as the budget allows; each is
 * followed by the next command, under load.
 */
export async function benchCrashPoints({ signal }: BenchOptions): Promise<readonly BenchRow[]> {
  const { CONFIG, IMAGE, TinyProject } = await import('../../harness/cli/testing/tiny-project');
  const { crashTrial, countLines } = await import('../../harness/cli/testing/crash-trial');
  execFileSync('docker', ['build', '--quiet', '--tag', BAD_IMAGE, '-'], {
    input: `FROM ${IMAGE}\nENV FAILS_EVERY_OTHER=1\n`,
  });
  const kinds = STRATEGIES.map(({ kind }) => kind).filter((kind) => ONLY?.includes(kind) ?? true);
  const rows: BenchRow[] = [];
  for (const kind of kinds) {
    await using tiny = await TinyProject.create({ replicas: kind === 'rolling' ? 2 : 1 });
    await tiny.run(['up', ...CONFIG]).exitCode();
    const until = monotonicMs() + BUDGET_MS / kinds.length;
    const words = ['--strategy', kind, ...SHORT, ...(OWN[kind] ?? [])];
    const ways = [
      { name: 'good', deploy: ['--image', IMAGE, '--redeploy', ...words] },
      { name: 'bad', deploy: ['--image', BAD_IMAGE, '--redeploy', ...words] },
    ];
    const drawn: { readonly way: (typeof ways)[number]; readonly at: CrashAt }[] = [];
    for (const way of ways) {
      const lines = await countLines(tiny, way.deploy);
      for (let line = 1; line <= lines; line += 1)
        for (const isBefore of [true, false]) drawn.push({ way, at: { line, isBefore } });
    }
    const all = drawn.length;
    const trials: CrashTrial[] = [];
    for (const { way, at } of shuffled(drawn, `${SEED} ${kind}`)) {
      signal.throwIfAborted();
      if (monotonicMs() > until) break;
      const trial = await crashTrial(tiny, way.deploy, at);
      if (trial === undefined) continue;
      trials.push(trial);
      process.stderr.write(`${kind}, ${way.name}: ${JSON.stringify(trial)}\n`);
    }
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

function shuffled<T>(items: readonly T[], seed: string): T[] {
  const random = seededRandom(seed);
  const keyed = items.map((item) => ({ item, key: random.next() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
