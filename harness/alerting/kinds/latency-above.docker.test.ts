import { describe, expect, it, jest } from '@jest/globals';
import { ruleFileText } from '../rule-file';
import { SLOW_ANSWERS, SLOW_OPTIONS } from '../testing/latency-proof';
import { proveAtEverySpeed, proven } from '../testing/prove';
import { latencyAbove } from './latency-above';

jest.setTimeout(60_000);

proveAtEverySpeed(latencyAbove(SLOW_OPTIONS), SLOW_ANSWERS, (at) => ({
  afterS: 315,
  labels: { service: 'orders', severity: 'page', owner: 'team-orders' },
  annotations: {
    summary: `orders: 100% of requests take longer than 1000 ms (limit 10% for ${at(300)})`,
    description: `orders: 100% of its requests were not answered within 1000 ms over the last ${at(60)}; the limit is 10%, for ${at(300)}.`,
    runbook_url: 'runbooks/high-error-rate.md',
  },
}));

describe('promtool', () => {
  it.each([
    ['a limit that is too low', { ...SLOW_OPTIONS, above: 0.085 }],
    ['a limit that is too high', { ...SLOW_OPTIONS, above: 0.115 }],
    ['another bound', { ...SLOW_OPTIONS, slowerThanMs: 10_000 }],
  ])('notices %s', async (_, options) => {
    expect(await proven(ruleFileText([latencyAbove(options)], 1), SLOW_ANSWERS)).toMatchObject({ exitCode: 1 });
  });
});
