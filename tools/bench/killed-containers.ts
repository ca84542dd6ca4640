import type { KillTrial } from '../../harness/cli/testing/kill-trial';
import type { RolloutState } from '../../harness/contract/observation';
import { monotonicMs } from '../../harness/core/clock';
import { readSupply, supplied } from '../../harness/docker/supply';
import { Signaller } from '../../harness/faults/signaller';
import type { BenchOptions, BenchRow } from './row';
import { BUDGET_MS, KINDS, buildBadImage, tryUntil, waysOf } from './tiny-rollouts';

/** Phases of a rollout that some strategy has; what a strategy does not come to is not tried with it. */
const STATES: readonly RolloutState[] = [
  'Readying',
  'Shifting',
  'Analyzing',
  'Promoted',
  'Baking',
  'Retiring',
  'RollingBack',
];

/**
 * Kills the front and replicas of both revisions in each phase of real rollouts, good and bad ones of every strategy, under load; the Engine
 * starts them again by their own restart policy.
 */
export async function benchKilledContainers({ signal }: BenchOptions): Promise<readonly BenchRow[]> {
  const { IMAGE, TinyProject } = await import('../../harness/cli/testing/tiny-project');
  const { killTrial, VICTIMS } = await import('../../harness/cli/testing/kill-trial');
  buildBadImage(IMAGE);
  const rows: BenchRow[] = [];
  for (const kind of KINDS) {
    await using tiny = await TinyProject.create({ web: { scale: 2, restart: 'always' } });
    await tiny.up();
    await using signaller = await Signaller.start(tiny.project, supplied(readSupply(), 'helper'));
    const untilMs = monotonicMs() + BUDGET_MS / KINDS.length;
    const all = waysOf(kind, IMAGE).flatMap((way) =>
      STATES.flatMap((state) => VICTIMS.map((victim) => ({ way, at: { victim, state } }))),
    );
    const trials = await tryUntil(all, { kind, untilMs, signal }, (way, at) =>
      killTrial(tiny, signaller, { deploy: way.deploy, at }),
    );
    rows.push(...rowsOf(kind, trials));
  }
  return rows;
}

function rowsOf(kind: string, trials: readonly KillTrial[]): readonly BenchRow[] {
  const sum = (of: readonly KillTrial[], figure: (trial: KillTrial) => number) =>
    of.reduce((total, trial) => total + figure(trial), 0);
  const fronts = trials.filter(({ victim }) => victim === 'front');
  const replicas = trials.filter(({ victim }) => victim !== 'front');
  const row = (name: string, value: number, samples: number, unit = 'requests'): BenchRow => ({
    ...{ name: `${kind}: ${name}`, value, unit, samples },
  });
  return [
    row('kills of containers tried', trials.length, trials.length, 'kills'),
    // There is one front: while the Engine starts it again nobody is served.
    row(
      'lost by kills of the front',
      sum(fronts, ({ lost }) => lost),
      fronts.length,
    ),
    row(
      'lost by kills of replicas',
      sum(replicas, ({ lost }) => lost),
      replicas.length,
    ),
    {
      ...row(
        'orphans, and wrong stable sets',
        sum(trials, (one) => one.orphans.length + one.wrong.length),
        trials.length,
        'findings',
      ),
      limit: 0,
    },
  ];
}
