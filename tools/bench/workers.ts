import { loadConfigFile } from '../../harness/contract/config-file';
import type { BenchReleases, MessageTally } from '../../harness/contract/config';
import { HarnessError } from '../../harness/core/errors';
import { monotonicMs, sleep } from '../../harness/core/clock';
import { canary } from '../../harness/delivery/strategies/canary';
import type { RolloutResult, ScenarioContext } from '../../harness/scenario/context';
import { messageRows } from './message-rows';
import { onTheStack } from './on-the-stack';
import type { BenchOptions, BenchRow } from './row';

/** Releases; fewer at a time where nobody has that long: `ROLLPROOF_BENCH_ROLLOUTS=4` is a fifth of it. */
const ROLLOUTS = Number(process.env['ROLLPROOF_BENCH_ROLLOUTS'] || 20);
/** At least so many: 100 000 for all of them. */
const MESSAGES = 5_000 * ROLLOUTS;
/** Every so many rollouts the release is a bad one. */
const BAD_EVERY = 4;
/** So many wait for the consumers for as long as releases are judged by them, and are sent at a time. */
const BACKLOG = 2_500;
/** For consumers that do 100 messages a second together: all of them. */
const DRAINED_WITHIN_MS = 1_000_000;
const LOOK_EVERY_MS = 1_000;

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
    const startedAtMs = monotonicMs();
    const over = new AbortController();
    const sending = feed(context, worker, over.signal);
    const rollouts = await released(context, worker).finally(() => over.abort());
    const sent = await sending;
    const tally = await drained(context, worker);
    const seconds = (monotonicMs() - startedAtMs) / 1_000;
    const rate = { name: 'messages done a second', value: tally.done / seconds, unit: '1/s', samples: sent };
    return [...messageRows(sent, tally), ...rolloutRows(rollouts), rate];
  });
}

/** Sends a portion whenever few are left, and once all rollouts are over what is missing. Returns how many were sent. */
async function feed(
  { stack, signal }: ScenarioContext,
  { send, tally }: WorkerReleases,
  over: AbortSignal,
): Promise<number> {
  let sent = 0;
  const portion = async (count: number) => {
    await send(stack, count);
    sent += count;
  };
  while (!over.aborted) {
    signal.throwIfAborted();
    if ((await tally(stack)).waiting < BACKLOG) await portion(BACKLOG);
    await sleep(LOOK_EVERY_MS, AbortSignal.any([signal, over])).catch(() => undefined);
  }
  if (sent < MESSAGES) await portion(MESSAGES - sent);
  return sent;
}

async function released(
  { deploy, stack }: ScenarioContext,
  { service, good, bad }: WorkerReleases,
): Promise<readonly RolloutResult[]> {
  const rollouts: RolloutResult[] = [];
  for (let n = 1; n <= ROLLOUTS; n += 1) {
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

function rolloutRows(rollouts: readonly RolloutResult[]): BenchRow[] {
  const isBad = (index: number) => (index + 1) % BAD_EVERY === 0;
  const row = (name: string, expected: 'promoted' | 'rolled-back', of: readonly RolloutResult[]) => ({
    name,
    value: of.filter(({ outcome }) => outcome !== expected).length,
    ...{ unit: 'rollouts', limit: 0, samples: of.length },
  });
  return [
    row(
      'good releases, not promoted',
      'promoted',
      rollouts.filter((_one, index) => !isBad(index)),
    ),
    row(
      'bad releases, not rolled back',
      'rolled-back',
      rollouts.filter((_one, index) => isBad(index)),
    ),
  ];
}
