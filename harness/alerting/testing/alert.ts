import type { ErrorRateAlert } from '../../contract/config';

/** An alert as a production file has it, for tests: above 5 % over a minute, held for five. */
export const TEST_ALERT: ErrorRateAlert = {
  services: ['gateway', 'orders'],
  threshold: 0.05,
  windowMs: 60_000,
  forMs: 300_000,
  severity: 'page',
  owner: 'team-orders',
  runbook: 'runbooks/high-error-rate.md',
};
