import { describe, expect, it, jest } from '@jest/globals';
import { ruleFileText } from '../rule-file';
import { TEST_ALERT, TEST_OPTIONS } from '../testing/alert';
import { ERROR_RATE } from '../testing/error-rate-proof';
import { proveAtEverySpeed, proven } from '../testing/prove';
import { errorRate } from './error-rate';

jest.setTimeout(60_000);

proveAtEverySpeed(TEST_ALERT, ERROR_RATE, (at) => ({
  afterS: 315,
  labels: { service: 'orders', severity: 'page', owner: 'team-orders' },
  annotations: {
    summary: `orders: 100% of requests fail (limit 5% for ${at(300)})`,
    description: `orders: 100% of its requests were answered with 5xx over the last ${at(60)}; the limit is 5%, for ${at(300)}.`,
    runbook_url: 'runbooks/high-error-rate.md',
  },
}));

describe('promtool', () => {
  it('notices a rule that pages too late', async () => {
    const late = errorRate({ ...TEST_OPTIONS, forMs: 315_000 });
    expect(await proven(ruleFileText([late], 1), ERROR_RATE)).toMatchObject({ exitCode: 1 });
  });
});
