import { blueGreen } from '../../harness/delivery/strategies/blue-green';
import { canary } from '../../harness/delivery/strategies/canary';
import { rolling } from '../../harness/delivery/strategies/rolling';
import type { Strategy } from '../../harness/delivery/strategies/strategy';
import type { OpenLoadOptions, RolloutResult, ScenarioContext } from '../../harness/scenario/context';
import { onTheStack } from './on-the-stack';
import type { BenchReleases } from '../../harness/contract/config';
import { HarnessError } from '../../harness/core/errors';
import { loadConfigFile } from '../../harness/contract/config-file';
import { quantile } from '../../harness/statistics/quantile';
import { type BenchOptions, type BenchRow } from './row';

const SHORT = { riseToDetect: 0.1, minReadyMs: 500, bakeMs: 1_000 };
const STRATEGY = canary({ steps: [20, 50, 100], ...SHORT });
/** Those by which nobody is kept out meanwhile; without a surge a rolling one has no replica to spare. */
const STRATEGIES = [STRATEGY, blueGreen(SHORT), rolling({ maxSurge: 1, maxUnavailable: 0, ...SHORT })];
const STEADY = { errorRatioMax: 0.001, holdMs: 2_000 };
/** Of the reads: connections of a browser that has just come. */
const NEW_CONNECTIONS = 0.5;

/** Bars of the design. */
const SWITCH_MS_MAX = 25;
/** First bad response → rolled back. */
const ROLLED_BACK: readonly { readonly strategy: Strategy; readonly medianMs: number }[] = [
  { strategy: STRATEGY, medianMs: 2_000 },
  { strategy: blueGreen(SHORT), medianMs: 3_000 },
];

/** @throws HarnessError `config-invalid` when the configuration names no releases */
async function releasesOf({ configPath }: BenchOptions): Promise<BenchReleases> {
  const { releases } = (await loadConfigFile(configPath)).config;
  if (releases !== undefined) return releases;
  throw new HarnessError('config-invalid', {
    message: `${configPath} names no releases to measure with`,
    hint: 'Set `releases: { service, good: [image, image], bad: image }`.',
  });
}

interface Series {
  readonly rollouts: readonly RolloutResult[];
  readonly sent: number;
  readonly lost: number;
  readonly lateOrUnsent: number;
}

/** `count` rollouts one after the other under one load. */
async function series(
  { load, deploy, stack }: ScenarioContext,
  service: string,
  count: number,
  next: (stableImage: string) => { readonly image: string; readonly redeploy?: boolean },
  { strategy = STRATEGY, ...traffic }: OpenLoadOptions & { readonly strategy?: Strategy } = {},
): Promise<Series> {
  await using running = await load.open(traffic);
  await running.awaitSteady(STEADY);
  const rollouts: RolloutResult[] = [];
  for (let n = 0; n < count; n += 1) {
    await using rollout = await deploy(service, { ...next(stack.stable(service).image), strategy });
    rollouts.push(await rollout.ended());
  }
  await running.stop();
  const { sent, lost, late, unsent } = running.totals();
  return { rollouts, sent, lost, lateOrUnsent: late + unsent };
}

/** Requests lost in good rollouts: by each strategy on reads alone at twice the rate, half of them by new connections; and on the mix. */
export async function benchGoodRollouts(options: BenchOptions): Promise<BenchRow[]> {
  const runs = 10;
  const { service, good, readLoad } = await releasesOf(options);
  const other = (image: string) => ({ image: image === good[0] ? good[1] : good[0] });
  return onTheStack('good rollouts', options, async (context) => {
    const rows = lossRows('canary, the mix', await series(context, service, runs, other));
    for (const strategy of STRATEGIES) {
      const traffic = { ...readLoad, newConnectionShare: NEW_CONNECTIONS, strategy };
      rows.push(...lossRows(`${strategy.name}, the read path`, await series(context, service, runs, other, traffic)));
    }
    return rows;
  });
}

function lossRows(name: string, { rollouts, sent, lost, lateOrUnsent }: Series): BenchRow[] {
  const notPromoted = rollouts.filter(({ outcome }) => outcome !== 'promoted').length;
  return [
    {
      name: `lost in ${rollouts.length} good rollouts, ${name}`,
      value: lost,
      unit: 'requests',
      limit: 0,
      samples: sent,
    },
    { name: `not promoted, ${name}`, value: notPromoted, unit: 'rollouts', limit: 0, samples: rollouts.length },
    { name: `late or unsent, ${name}`, value: (lateOrUnsent / sent) * 100, unit: '%', limit: 0.1, samples: sent },
  ];
}

/** How fast 30 bad releases are taken out of the traffic, half of them by canary and half by blue-green. */
export async function benchRollbacks(options: BenchOptions): Promise<BenchRow[]> {
  const runs = 15;
  const { service, bad, readLoad } = await releasesOf(options);
  return onTheStack('rollbacks', options, async (context) => {
    const rows: BenchRow[] = [];
    for (const { strategy, medianMs } of ROLLED_BACK) {
      const traffic = { ...readLoad, newConnectionShare: NEW_CONNECTIONS, strategy };
      const { rollouts } = await series(context, service, runs, () => ({ image: bad }), traffic);
      rows.push(...rollbackRows(strategy.name, rollouts, medianMs));
    }
    return rows;
  });
}

function rollbackRows(kind: string, rollouts: readonly RolloutResult[], medianMs: number): BenchRow[] {
  const rolledBack = rollouts.filter(({ outcome, cause }) => outcome === 'rolled-back' && cause === 'release-rejected');
  const switches = rolledBack.flatMap(({ switchMs }) => (switchMs === undefined ? [] : [switchMs]));
  const routed = rolledBack.reduce(
    (sum, { routedToCandidateAfterSwitch = 0 }) => sum + routedToCandidateAfterSwitch,
    0,
  );
  const whole = rolledBack.flatMap(({ firstBadResponseAtMs, rolledBackAtMs }) =>
    firstBadResponseAtMs === undefined || rolledBackAtMs === undefined ? [] : [rolledBackAtMs - firstBadResponseAtMs],
  );
  const row = (name: string, value: number, unit: string, samples: number): BenchRow => ({
    ...{ name: `${kind}: ${name}`, value, unit, samples },
  });
  const missed = rollouts.length - rolledBack.length;
  return [
    { ...row('not rolled back by the judge', missed, 'rollouts', rollouts.length), limit: 0 },
    {
      ...row('routed to the bad revision after the switch, by epoch', routed, 'requests', rolledBack.length),
      limit: 0,
    },
    {
      ...row('decision → last request started on the bad revision, max', Math.max(...switches), 'ms', switches.length),
      limit: SWITCH_MS_MAX,
    },
    row('decision → last request started on the bad revision, p50', quantile(switches, 0.5), 'ms', switches.length),
    { ...row('first bad response → rolled back, median', quantile(whole, 0.5), 'ms', whole.length), limit: medianMs },
    row('first bad response → rolled back, max', Math.max(...whole), 'ms', whole.length),
  ];
}

/** The same image as N+1, 30 times: none may be rolled back. */
export async function benchSameImage(options: BenchOptions): Promise<BenchRow[]> {
  const runs = 30;
  const { service } = await releasesOf(options);
  const { rollouts, sent, lost } = await onTheStack('same image', options, (context) =>
    series(context, service, runs, (image) => ({ image, redeploy: true })),
  );
  const bad = rollouts.filter(({ outcome }) => outcome !== 'promoted').length;
  return [
    { name: 'same image as N+1, not promoted', value: bad, unit: 'rollouts', limit: 0, samples: runs },
    { name: 'same image as N+1, lost', value: lost, unit: 'requests', limit: 0, samples: sent },
  ];
}
