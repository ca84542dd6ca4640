import type { CrashAt } from '../../harness/cli/testing/crash-trial';
import type { ChainRelease, ReleaseCrashTrial } from '../../harness/cli/testing/release-crash-trial';
import { monotonicMs } from '../../harness/core/clock';
import type { BenchOptions, BenchRow } from './row';
import { BUDGET_MS, SHORT, tryUntil, type Drawn } from './tiny-rollouts';

/** Each asks the next one, so that they are released from the last one to the first. */
const SERVICES = ['web', 'middle', 'end'];
/** New, and managed, in every other version; gone in those between. */
const PASSING = 'passing';
/** A bad one may go back from any step: its last service is the bad one. */
const WAYS = [{ name: 'bad' }, { name: 'good' }] as const;
type Way = (typeof WAYS)[number];
const BAD = { service: 'web', share: 0.5 };
const HOW = ['--strategy', process.env['CRASH_POINTS_STRATEGIES'] ?? 'blue-green', ...SHORT];

/**
 * Kills the controller of whole releases, good ones and ones whose last service is bad, and has the next command end them, under load. First
 * once at each kind of moment that a release has, drawn by a seed, then at others, as many as the budget allows.
 */
export async function benchReleaseCrashPoints({ signal }: BenchOptions): Promise<readonly BenchRow[]> {
  const { CONFIG } = await import('../../harness/cli/testing/tiny-project');
  const { ChainProject } = await import('../../harness/cli/testing/chain');
  const { momentOf, releaseCrashTrial, undisturbed } = await import('../../harness/cli/testing/release-crash-trial');
  await using chain = await ChainProject.create({ services: SERVICES, odd: [PASSING] });
  await chain.tiny.run(['up', ...CONFIG]).exitCode();
  const untilMs = monotonicMs() + BUDGET_MS;
  let serves = '1';
  const next = ({ name }: Way): ChainRelease => {
    const to = String(Number(serves) + 1);
    chain.write('next.yaml', { version: to, ...(name === 'bad' ? { failing: BAD } : {}) });
    return { from: serves, to, file: 'next.yaml', how: HOW };
  };
  const drawn: Drawn<Way, CrashAt>[] = [];
  for (const way of WAYS) {
    const release = next(way);
    const lines = await undisturbed(chain, release);
    if (way.name === 'good') serves = release.to;
    for (const [index, line] of lines.entries()) {
      const moment = momentOf(line);
      for (const isBefore of [true, false]) drawn.push({ way, at: { line: index + 1, isBefore }, moment });
    }
  }
  const trials = await tryUntil(drawn, { kind: 'release', untilMs, signal }, async (way, at) => {
    const release = next(way);
    const trial = await releaseCrashTrial(chain, release, at);
    serves = trial?.serves ?? (way.name === 'good' ? release.to : serves);
    return trial;
  });
  return rowsOf(trials, drawn);
}

function rowsOf(trials: readonly ReleaseCrashTrial[], drawn: readonly Drawn<Way, CrashAt>[]): readonly BenchRow[] {
  const samples = trials.length;
  const moments = (names: readonly unknown[]) => new Set(names).size;
  const sum = (of: (trial: ReleaseCrashTrial) => number) => trials.reduce((total, trial) => total + of(trial), 0);
  const row = (name: string, value: number, unit: string): BenchRow => ({
    name: `release: ${name}`,
    value,
    unit,
    samples,
  });
  const zero = (name: string, value: number, unit: string): BenchRow => ({ ...row(name, value, unit), limit: 0 });
  return [
    row(`crash points tried, of ${drawn.length}`, samples, 'points'),
    row(
      `kinds of lines that were the last ones, of ${moments(drawn.map(({ moment }) => moment))}`,
      moments(trials.map(({ diedAfter }) => diedAfter)),
      'kinds',
    ),
    row('finished by the next command', trials.filter(({ outcome }) => outcome === 'released').length, 'releases'),
    row('taken back by the next command', trials.filter(({ outcome }) => outcome === 'went-back').length, 'releases'),
    zero(
      'lost',
      sum(({ lost }) => lost),
      'requests',
    ),
    zero(
      'orphans',
      sum(({ orphans }) => orphans.length),
      'things',
    ),
    zero(
      'wrong stable set, weights or history',
      sum(({ wrong }) => wrong.length),
      'findings',
    ),
    row('kill → guardian done, longest', Math.max(0, ...trials.map(({ homeMs }) => homeMs)), 'ms'),
  ];
}
