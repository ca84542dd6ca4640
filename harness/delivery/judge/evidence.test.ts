import { describe, expect, it } from '@jest/globals';
import { quantile } from '../../statistics/quantile';
import { simulatedRollout, type SimulatedRollout } from '../testing/simulated-rollout';

/** So long a good release took at 100 requests a second and a rise of 2 points, when each step was judged by itself, ms. */
const STEP_BY_STEP_MS = 99_000;

/** `npm run bench -- judge` does the same with many more. */
function rollouts(count: number, options: Omit<SimulatedRollout, 'seed'>) {
  return Promise.all(Array.from({ length: count }, (_, n) => simulatedRollout({ seed: `rollout-${n}`, ...options })));
}

const PROMOTED = expect.objectContaining({ outcome: 'promoted' }) as unknown;

describe('what the judge has seen adds up over the steps of a rollout', () => {
  it('so that a good release is judged in half of the time', async () => {
    const all = await rollouts(12, { ratePerSecond: 100, errorRatio: 0.001 });
    expect(all).toEqual(all.map(() => PROMOTED));
    const times = all.map(({ tookMs }) => tookMs);
    expect(quantile(times, 0.5)).toBeLessThanOrEqual(STEP_BY_STEP_MS / 2);
  });

  it('and a release with the rise that is named is not promoted', async () => {
    const all = await rollouts(40, { ratePerSecond: 100, errorRatio: 0.001, candidate: { errorRatio: 0.02 } });
    expect(all.filter(({ outcome }) => outcome === 'promoted').length).toBeLessThanOrEqual(2);
  });

  it('nor one that turns bad only at the second step', async () => {
    const turnsBad = { errorRatio: 0.02, errorsAfterMs: 13_000 };
    const all = await rollouts(20, { ratePerSecond: 100, errorRatio: 0.001, candidate: turnsBad });
    expect(all.filter(({ outcome }) => outcome === 'promoted').length).toBeLessThanOrEqual(1);
  });

  it('and one that fails a fifth of its requests is taken back as quickly as ever', async () => {
    const all = await rollouts(20, { ratePerSecond: 300, errorRatio: 0.001, candidate: { errorRatio: 0.2 } });
    const times = all.map(
      ({ rolledBackAtMs = Infinity, firstBadResponseAtMs = 0 }) => rolledBackAtMs - firstBadResponseAtMs,
    );
    expect(quantile(times, 0.5)).toBeLessThanOrEqual(2_000);
  });
});
