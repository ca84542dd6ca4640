import { canary } from '../../harness/delivery/strategies/canary';
import type { OpenLoadOptions, RolloutResult, ScenarioContext } from '../../harness/scenario/context';
import { onTheStack } from './on-the-stack';
import type { BenchReleases } from '../../harness/contract/config';
import { HarnessError } from '../../harness/core/errors';
import { loadConfigFile } from '../../harness/contract/config-file';
import { quantile } from '../../harness/statistics/quantile';
import { type BenchOptions, type BenchRow } from './row';

const STRATEGY = canary({ steps: [20, 50, 100], riseToDetect: 0.1, minReadyMs: 500, bakeMs: 1_000 });
const STEADY = { errorRatioMax: 0.001, holdMs: 2_000 };

/** Bars of the design. */
const SWITCH_MS_MAX = 25;
const ROLLED_BACK_MS_MEDIAN = 5_000;

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
  traffic: OpenLoadOptions = {},
): Promise<Series> {
  await using running = await load.open(traffic);
  await running.awaitSteady(STEADY);
  const rollouts: RolloutResult[] = [];
  for (let n = 0; n < count; n += 1) {
    await using rollout = await deploy(service, { ...next(stack.stable(service).image), strategy: STRATEGY });
    rollouts.push(await rollout.ended());
  }
  await running.stop();
  const { sent, lost, late, unsent } = running.totals();
  return { rollouts, sent, lost, lateOrUnsent: late + unsent };
}

/** Requests lost in good rollouts: on the mix, and on reads alone at twice the rate. */
export async function benchGoodRollouts(options: BenchOptions): Promise<BenchRow[]> {
  const runs = 10;
  const { service, good, readLoad } = await releasesOf(options);
  const other = (image: string) => ({ image: image === good[0] ? good[1] : good[0] });
  return onTheStack('good rollouts', options, async (context) => {
    const mix = await series(context, service, runs, other);
    const reads = await series(context, service, runs, other, readLoad);
    return [...lossRows('the mix', mix), ...lossRows('the read path', reads)];
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

/** How fast 30 bad releases are taken out of the traffic. */
export async function benchRollbacks(options: BenchOptions): Promise<BenchRow[]> {
  const runs = 30;
  const { service, bad } = await releasesOf(options);
  const { rollouts } = await onTheStack('rollbacks', options, (context) =>
    series(context, service, runs, () => ({ image: bad })),
  );
  const rolledBack = rollouts.filter(({ outcome, cause }) => outcome === 'rolled-back' && cause === 'release-rejected');
  const switches = rolledBack.flatMap(({ switchMs }) => (switchMs === undefined ? [] : [switchMs]));
  const whole = rolledBack.flatMap(({ firstBadResponseAtMs, rolledBackAtMs }) =>
    firstBadResponseAtMs === undefined || rolledBackAtMs === undefined ? [] : [rolledBackAtMs - firstBadResponseAtMs],
  );
  return [
    {
      name: 'not rolled back by the judge',
      value: runs - rolledBack.length,
      unit: 'rollouts',
      limit: 0,
      samples: runs,
    },
    {
      name: 'decision → last request started on the bad revision, max',
      value: Math.max(...switches),
      unit: 'ms',
      limit: SWITCH_MS_MAX,
      samples: switches.length,
    },
    {
      name: 'decision → last request started on the bad revision, p50',
      value: quantile(switches, 0.5),
      unit: 'ms',
      samples: switches.length,
    },
    {
      name: 'first bad response → rolled back, median',
      value: quantile(whole, 0.5),
      unit: 'ms',
      limit: ROLLED_BACK_MS_MEDIAN,
      samples: whole.length,
    },
    { name: 'first bad response → rolled back, max', value: Math.max(...whole), unit: 'ms', samples: whole.length },
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
