import { loadConfigFile } from '../../harness/contract/config-file';
import { HarnessError } from '../../harness/core/errors';
import { wallMs } from '../../harness/core/clock';
import { canary } from '../../harness/delivery/strategies/canary';
import type { ScenarioContext } from '../../harness/scenario/context';
import { quantile } from '../../harness/statistics/quantile';
import { STEP_BY_STEP_S } from './judge';
import { onTheStack } from './on-the-stack';
import type { BenchOptions, BenchRow } from './row';

const ROLLOUTS = 3;
const RATE_PER_SECOND = 100;
const STEADY = { errorRatioMax: 0.001, holdMs: 2_000 };

/** As in the simulation: the default rise of 2 points, and no time is asked for beside what the judge takes. */
const STRATEGY = canary({ steps: [20, 50, 100], minReadyMs: 500, bakeMs: 0 });

/** How long the judge takes for a good release on the stack: from the first share of the traffic until nothing is left to judge. */
export async function benchJudgeLive(options: BenchOptions): Promise<BenchRow[]> {
  const { releases } = (await loadConfigFile(options.configPath)).config;
  if (releases === undefined) {
    throw new HarnessError('config-invalid', {
      message: `${options.configPath} names no releases to measure with`,
      hint: 'Set `releases: { service, good: [image, image], bad: image }`.',
    });
  }
  const { service, good, readLoad } = releases;
  const judged = await onTheStack('judge', options, async (context) => {
    const weights = readLoad?.weights;
    const load = { ratePerSecond: RATE_PER_SECOND, ...(weights === undefined ? {} : { weights }) };
    await using _load = await context.load.steady({ ...load, ...STEADY });
    const times: number[] = [];
    for (let n = 0; n < ROLLOUTS; n += 1) {
      const image = context.stack.stable(service).image === good[0] ? good[1] : good[0];
      const tookS = await judgedIn(context, service, image);
      if (tookS !== undefined) times.push(tookS);
    }
    return times;
  });
  return [
    {
      name: 'good releases, not promoted',
      value: ROLLOUTS - judged.length,
      unit: 'rollouts',
      limit: 0,
      samples: ROLLOUTS,
    },
    {
      name: `a good release at ${RATE_PER_SECOND} rps, rise 2 points, 20/50/100 on the stack: judged, median`,
      value: judged.length === 0 ? Infinity : quantile(judged, 0.5),
      unit: 's',
      baseline: STEP_BY_STEP_S,
      limit: STEP_BY_STEP_S / 2,
      samples: judged.length,
    },
  ];
}

/** Seconds; `undefined` when it was not promoted. */
async function judgedIn({ deploy }: ScenarioContext, service: string, image: string): Promise<number | undefined> {
  await using rollout = await deploy(service, { image, strategy: STRATEGY, redeploy: true });
  await rollout.reached({ weight: 20 });
  const startedAtMs = wallMs();
  await rollout.reached({ state: 'Retiring' }).catch(() => undefined);
  const tookS = (wallMs() - startedAtMs) / 1_000;
  const { outcome } = await rollout.ended();
  return outcome === 'promoted' ? tookS : undefined;
}
