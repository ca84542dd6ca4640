import { errorRate } from '../kinds/error-rate';

/** Options of an alert as a production file has it, for tests: above 5 % over a minute, held for five. */
export const TEST_OPTIONS = {
  name: 'HighErrorRate',
  of: ['gateway', 'orders'],
  above: 0.05,
  windowMs: 60_000,
  forMs: 300_000,
  severity: 'page' as const,
  owner: 'team-orders',
  runbook: 'runbooks/high-error-rate.md',
};

export const TEST_ALERT = errorRate(TEST_OPTIONS);
