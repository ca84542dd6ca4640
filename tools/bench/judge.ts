import { quantile } from '../../harness/statistics/quantile';
import { simulatedRollout, type SimulatedRollout } from '../../harness/delivery/testing/simulated-rollout';
import type { BenchOptions, BenchRow } from './row';

const ROLLOUTS = 300;

/** With each step judged by itself, at 100 requests a second and a rise of 2 points: as measured before evidence added up. */
export const STEP_BY_STEP_S = 99;

/** Of a whole rollout. */
const FALSE_ALARMS_MAX_PERCENT = 1;
const MISSED_MAX_PERCENT = 5;
const ROLLED_BACK_S_MEDIAN = 2;

/** The judge in simulated rollouts by canary, 20, 50 and 100 %, at the default rise of 2 points. Needs no Engine. */
export async function benchJudge({ signal }: BenchOptions): Promise<BenchRow[]> {
  const many = async (options: Omit<SimulatedRollout, 'seed'>) => {
    const results = [];
    for (let n = 0; n < ROLLOUTS; n += 1) {
      signal.throwIfAborted();
      results.push(await simulatedRollout({ seed: `judge-${n}`, ...options }));
    }
    return results;
  };
  const rows: BenchRow[] = [];
  const share = (name: string, count: number, limit: number) =>
    rows.push({ name, value: (100 * count) / ROLLOUTS, unit: '%', limit, samples: ROLLOUTS });

  for (const errorRatio of [0, 0.001, 0.005, 0.02]) {
    const innocent = await many({ ratePerSecond: 100, errorRatio });
    const name = `innocents at ${errorRatio * 100} % errors`;
    const condemned = innocent.filter(({ outcome, cause }) => outcome !== 'promoted' && cause === 'release-rejected');
    share(`${name}, rolled back as worse`, condemned.length, FALSE_ALARMS_MAX_PERCENT);
    const times = innocent.filter(({ outcome }) => outcome === 'promoted').map(({ tookMs }) => tookMs / 1_000);
    const isTheBar = errorRatio === 0.001;
    rows.push({
      name: `${name}, judged, median`,
      value: quantile(times, 0.5),
      unit: 's',
      ...(isTheBar ? { baseline: STEP_BY_STEP_S, limit: STEP_BY_STEP_S / 2 } : {}),
      samples: times.length,
    });
  }
  for (const errorRatio of [0, 0.001, 0.01]) {
    const bad = await many({ ratePerSecond: 100, errorRatio, candidate: { errorRatio: 0.02 } });
    const missed = bad.filter(({ outcome }) => outcome === 'promoted').length;
    share(`2 points more than ${errorRatio * 100} % errors, promoted`, missed, MISSED_MAX_PERCENT);
  }
  const broken = await many({ ratePerSecond: 300, errorRatio: 0.001, candidate: { errorRatio: 0.2 } });
  const backS = broken.map(
    ({ rolledBackAtMs = NaN, firstBadResponseAtMs = 0 }) => (rolledBackAtMs - firstBadResponseAtMs) / 1_000,
  );
  rows.push({
    name: '20 % errors at 300 rps, first bad response → rolled back, median',
    value: quantile(backS, 0.5),
    unit: 's',
    limit: ROLLED_BACK_S_MEDIAN,
    samples: backS.length,
  });
  return rows;
}
