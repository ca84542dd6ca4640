import type { ChainProject } from '../../harness/cli/testing/chain';
import { blueGreen } from '../../harness/delivery/strategies/blue-green';
import { canary } from '../../harness/delivery/strategies/canary';
import { rolling } from '../../harness/delivery/strategies/rolling';
import type { Strategy } from '../../harness/delivery/strategies/strategy';
import type { ReleaseResult, RunningLoad, ScenarioContext } from '../../harness/scenario/context';
import { quantile } from '../../harness/statistics/quantile';
import { onTheStack } from './on-the-stack';
import type { BenchOptions, BenchRow } from './row';

/** Each asks the next one, so that they are released from the last one to the first. */
const SERVICES = ['web', 'second', 'third', 'fourth', 'last'];
const BAD = { service: 'third', share: 0.2 };

const RATE = Number(process.env['RELEASE_RATE'] ?? 100);
/** Good ones, and as many bad ones. */
const RELEASES = Number(process.env['RELEASES'] ?? 3);
const STEADY = { errorRatioMax: 0.001, holdMs: 2_000 };
/** So many requests show who serves. */
const ASKED = 24;

const QUICK = { riseToDetect: 0.1, minReadyMs: 500, bakeMs: 1_000 };
const CANARY = canary({ ...QUICK, steps: [20, 50, 100] });
const ROLLING = rolling({ ...QUICK, maxSurge: 1, maxUnavailable: 0 });
const BLUE_GREEN = blueGreen(QUICK);
const STRATEGIES = { last: BLUE_GREEN, fourth: CANARY, second: ROLLING, web: BLUE_GREEN };
/** Of the third service, release by release; the first two tell whoever has no time for more. */
const OF_THE_THIRD = [CANARY, BLUE_GREEN, ROLLING];
const REPLICAS = { second: 2 };

/** What one release has come to. */
interface Trial {
  readonly result: ReleaseResult;
  readonly sent: number;
  readonly lateOrUnsent: number;
  /** Requests that were lost or answered wrongly, and not by the bad revision. */
  readonly lost: number;
  /** Those that the bad revision answered wrongly. */
  readonly own: number;
  /** Answers afterwards that are not of the one version that has to serve. */
  readonly wrongAnswers: number;
}

/**
 * Takes a project of five services with a migration, a replaced, a new and a removed service from version to version, under load and with
 * three strategies in one release: good ones, and ones whose third service is bad.
 */
export async function benchRelease({ signal }: BenchOptions): Promise<readonly BenchRow[]> {
  const { ChainProject } = await import('../../harness/cli/testing/chain');
  await using chain = await ChainProject.create({ services: SERVICES, replicas: REPLICAS });
  const good: Trial[] = [];
  const bad: Trial[] = [];
  await onTheStack('release', { configPath: chain.tiny.configPath, signal }, async (context) => {
    for (let number = 1; number <= RELEASES; number += 1) {
      const third = OF_THE_THIRD[(number - 1) % OF_THE_THIRD.length] ?? CANARY;
      const [now, next] = [String(number), String(number + 1)];
      chain.write('bad.yaml', { version: next, failing: BAD });
      bad.push(await trial(context, chain, { file: 'bad.yaml', third, serves: now }));
      chain.write('good.yaml', { version: next });
      good.push(await trial(context, chain, { file: 'good.yaml', third, serves: next }));
    }
  });
  return [...rowsOfGood(good), ...rowsOfBad(bad)];
}

async function trial(
  { load, release, stack }: ScenarioContext,
  chain: ChainProject,
  { file, third, serves }: { readonly file: string; readonly third: Strategy; readonly serves: string },
): Promise<Trial> {
  await using traffic = await load.steady({ ...STEADY, ratePerSecond: RATE });
  await using begun = await release({
    to: { composeFiles: [file] },
    strategy: third,
    strategies: STRATEGIES,
  });
  const result = await begun.ended();
  await traffic.stop();
  const { host, port } = await stack.endpoint('web', 8080);
  const answers = await Promise.all(
    Array.from({ length: ASKED }, async () => (await fetch(`http://${host}:${port}/`)).text()),
  );
  const wrongAnswers = answers.filter((answer) => answer !== chain.answerOf(serves)).length;
  return { result, wrongAnswers, ...lossesOf(traffic, result) };
}

function lossesOf(traffic: RunningLoad, { failedIdsOnNew }: ReleaseResult): Omit<Trial, 'result' | 'wrongAnswers'> {
  const { sent, late, unsent } = traffic.totals();
  const ids = [...traffic.lostIds(), ...traffic.failedIds()];
  const own = ids.filter((id) => failedIdsOnNew.has(id)).length;
  return { sent, lateOrUnsent: late + unsent, lost: ids.length - own, own };
}

const sum = (trials: readonly Trial[], of: (trial: Trial) => number) =>
  trials.reduce((total, trial) => total + of(trial), 0);

function rowsOfGood(trials: readonly Trial[]): BenchRow[] {
  const samples = trials.length;
  const sent = sum(trials, (trial) => trial.sent);
  return [
    {
      ...{ name: `good releases of ${SERVICES.length} services, not released`, unit: 'releases', limit: 0, samples },
      value: trials.filter(({ result }) => result.outcome !== 'released').length,
    },
    {
      ...{ name: 'good: lost', unit: 'requests', limit: 0, samples: sent },
      value: sum(trials, ({ lost, own }) => lost + own),
    },
    ...commonRows('good', trials, 'not all new'),
  ];
}

function rowsOfBad(trials: readonly Trial[]): BenchRow[] {
  const samples = trials.length;
  const backMs = trials.flatMap(({ result }) => {
    const firstBad = result.rollouts.find(({ service }) => service === BAD.service)?.firstBadResponseAtMs;
    return firstBad === undefined || result.backAtMs === undefined ? [] : [result.backAtMs - firstBad];
  });
  return [
    {
      ...{ name: 'third service bad, not gone back', unit: 'releases', limit: 0, samples },
      value: trials.filter(({ result }) => result.outcome !== 'went-back' || result.cause !== 'release-rejected')
        .length,
    },
    {
      ...{ name: 'third service bad: lost, beside the candidate’s own', unit: 'requests', limit: 0 },
      ...{ value: sum(trials, ({ lost }) => lost), samples: sum(trials, ({ sent }) => sent) },
    },
    {
      ...{ name: 'third service bad: the candidate’s own', unit: 'requests', samples: sum(trials, ({ sent }) => sent) },
      value: sum(trials, ({ own }) => own),
    },
    {
      ...{ name: 'third service bad: first bad response → all users on N alone, median', unit: 'ms' },
      ...{ value: quantile(backMs, 0.5), samples: backMs.length },
    },
    ...commonRows('third service bad', trials, 'not all old'),
  ];
}

function commonRows(name: string, trials: readonly Trial[], mixed: string): BenchRow[] {
  const sent = sum(trials, (trial) => trial.sent);
  const tookMs = trials.map(({ result }) => result.endedAtMs - result.startedAtMs);
  return [
    {
      ...{ name: `${name}: answers afterwards that are ${mixed}`, unit: 'answers', limit: 0 },
      ...{ value: sum(trials, ({ wrongAnswers }) => wrongAnswers), samples: trials.length * ASKED },
    },
    {
      ...{ name: `${name}: begin → end, median`, unit: 'ms', value: quantile(tookMs, 0.5), samples: trials.length },
    },
    {
      ...{ name: `${name}: late or unsent`, unit: '%', limit: 0.1, samples: sent },
      value: (sum(trials, ({ lateOrUnsent }) => lateOrUnsent) / sent) * 100,
    },
  ];
}
