import { expect, it, jest } from '@jest/globals';
import { latencyAccuracy } from './latency-accuracy';

/** Starting containers takes its time, more so on a busy machine. */
jest.setTimeout(120_000);

it('adds at least 200 ms to each request, and has figures for how much more, which the benchmark holds to their bars', async () => {
  const rows = await latencyAccuracy({ rounds: 2, secondsARound: 1 });
  const row = (name: string) => rows.find((one) => one.name === name);
  expect(row('latency-least')?.value).toBeGreaterThanOrEqual(200);
  for (const name of ['latency-error-p50', 'latency-error-p99']) {
    expect(row(name)?.value).toEqual(expect.any(Number));
    expect(row(name)?.limit).toEqual(expect.any(Number));
    expect(row(name)?.samples).toBeGreaterThan(0);
  }
});
