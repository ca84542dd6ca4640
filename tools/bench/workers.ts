import { loadConfigFile } from '../../harness/contract/config-file';
import type { BenchReleases, MessageTally } from '../../harness/contract/config';
import { HarnessError } from '../../harness/core/errors';
import { monotonicMs, sleep } from '../../harness/core/clock';
import { canary } from '../../harness/delivery/strategies/canary';
import type { RolloutResult, ScenarioContext } from '../../harness/scenario/context';
import { onTheStack } from './on-the-stack';
import type { BenchOptions, BenchRow } from './row';

const MESSAGES = 100_000;
const ROLLOUTS = 20;
/** Every so many rollouts the release is a bad one. */
const BAD_EVERY = 4;
/** For a worker that does 100 messages a second: all of them, and as long again. */
const DRAINED_WITHIN_MS = 2_000_000;
const LOOK_EVERY_MS = 2_000;

const STRATEGY = canary({ steps: [50, 100], riseToDetect: 0.1, bakeMs: 1_000, windowMs: 500, readyTimeoutMs: 90_000 });

type WorkerReleases = NonNullable<BenchReleases['worker']>;

/** @throws HarnessError `config-invalid` when the configuration names no worker to release */
async function releasesOf({ configPath }: BenchOptions): Promise<WorkerReleases> {
  const { releases } = (await loadConfigFile(configPath)).config;
  if (releases?.worker !== undefined) return releases.worker;
  throw new HarnessError('config-invalid', {
    message: `${configPath} names no worker to measure with`,
    hint: 'Set `releases: { …, worker: { service, good, bad, send, tally } }`.',
  });
}

/** Messages while a worker is released twenty times, every fourth time badly: each has its effect once. */
export async function benchWorkers(options: BenchOptions): Promise<BenchRow[]> {
  const worker = await releasesOf(options);
  return onTheStack('workers', options, async (context) => {
    const rollouts = await released(context, worker);
    const tally = await drained(context, worker);
    return rowsOf(tally, rollouts);
  });
}

async function released(
  { deploy, stack }: ScenarioContext,
  { service, good, bad, send }: WorkerReleases,
): Promise<readonly RolloutResult[]> {
  const rollouts: RolloutResult[] = [];
  for (let n = 1; n <= ROLLOUTS; n += 1) {
    await send(stack, MESSAGES / ROLLOUTS);
    const image = n % BAD_EVERY === 0 ? bad : stack.stable(service).image === good[0] ? good[1] : good[0];
    await using rollout = await deploy(service, { image, strategy: STRATEGY });
    rollouts.push(await rollout.ended());
  }
  return rollouts;
}

async function drained({ stack, signal }: ScenarioContext, { tally }: WorkerReleases): Promise<MessageTally> {
  const startedAtMs = monotonicMs();
  for (;;) {
    const seen = await tally(stack);
    if (seen.waiting === 0 || monotonicMs() - startedAtMs > DRAINED_WITHIN_MS) return seen;
    await sleep(LOOK_EVERY_MS, signal);
  }
}

function rowsOf({ waiting, done, dead, lost, doubled }: MessageTally, rollouts: readonly RolloutResult[]): BenchRow[] {
  const isBad = (_rollout: RolloutResult, index: number) => (index + 1) % BAD_EVERY === 0;
  const [bad, good] = [rollouts.filter(isBad), rollouts.filter((rollout, index) => !isBad(rollout, index))];
  const known = waiting + done + dead + lost;
  const row = (name: string, value: number, samples: number, unit = 'messages') => ({
    name,
    value,
    unit,
    limit: 0,
    samples,
  });
  return [
    row('lost: done without their effect, or gone', lost + MESSAGES - known, MESSAGES),
    row('with their effect more than once', doubled, MESSAGES),
    row('given up', dead, MESSAGES),
    row('not done', waiting, MESSAGES),
    row(
      'good releases, not promoted',
      good.filter(({ outcome }) => outcome !== 'promoted').length,
      good.length,
      'rollouts',
    ),
    row(
      'bad releases, not rolled back',
      bad.filter(({ outcome }) => outcome !== 'rolled-back').length,
      bad.length,
      'rollouts',
    ),
  ];
}
