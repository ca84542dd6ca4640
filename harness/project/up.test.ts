import { expect, it } from '@jest/globals';
import { HarnessError, errorMessage } from '../core/errors';
import { withFindings } from './up';

const upFailed = new HarnessError('compose-up-failed', { message: 'compose up of x: not healthy', hint: 'Look.' });
const missing = {
  clock: { health: 'starting', found: 'connection refused on port 9001 (GET /); the image exposes 9000' },
  db: { health: 'starting', found: undefined },
};

it('says first what a front found at the replicas of a stack that does not come up, and where the logs are', () => {
  const told = withFindings(upFailed, missing, '/reports/r1');
  expect(errorMessage(told)).toBe(
    'clock never became ready: connection refused on port 9001 (GET /); the image exposes 9000\ncompose up of x: not healthy',
  );
  expect(told).toMatchObject({ code: 'compose-up-failed', hint: 'Look. The whole logs: /reports/r1/logs.' });
});

it('leaves alone what kept a stack from coming up before any front could look', () => {
  const busy = new HarnessError('port-in-use', { message: 'port 80 is in use' });
  expect(withFindings(busy, missing, '/reports/r1')).toBe(busy);
});
