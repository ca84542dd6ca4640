import { expect, it, jest } from '@jest/globals';
import { latencyAccuracy } from './latency-accuracy';

/** Starting containers takes its time, more so on a busy machine. */
jest.setTimeout(120_000);

/** Bar of the design, ms. The one of the 99th percentile needs a quiet machine: `npm run bench -- latency` holds it. */
const ERROR_MS_P50_MAX = 0.5;

it('adds 200 ms to each request, and no more than the noise of the path and half a millisecond in the middle', async () => {
  const rows = await latencyAccuracy({ rounds: 2, secondsARound: 1 });
  const value = (name: string) => rows.find((row) => row.name === name)?.value ?? Number.NaN;
  expect(value('latency-least')).toBeGreaterThanOrEqual(200);
  // Nothing finer than the noise of the path itself can be seen.
  expect(value('latency-error-p50')).toBeLessThanOrEqual(ERROR_MS_P50_MAX + value('latency-path-noise-p99'));
});
