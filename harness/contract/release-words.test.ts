import { expect, it } from '@jest/globals';
import type { ReleaseStepReport } from './release-result';
import { releaseSentence } from './release-words';

const step = (
  kind: ReleaseStepReport['kind'],
  service: string,
  state: ReleaseStepReport['state'],
  reason?: string,
): ReleaseStepReport => ({ kind, service, state, ...(reason === undefined ? {} : { reason }) });

it('says of a release what was done', () => {
  const steps = [step('start', 'flags', 'done'), step('run', 'migrate', 'done'), step('roll-out', 'orders', 'done')];
  expect(releaseSentence({ outcome: 'released', steps })).toBe(
    'released: started flags, ran migrate, rolled out orders',
  );
});

it('says of one that went back why, what is as it was, and what cannot be', () => {
  const steps = [
    step('run', 'migrate', 'kept', 'what it did stays'),
    step('roll-out', 'payments', 'undone'),
    step('roll-out', 'orders', 'failed', 'gone'),
    step('retire', 'old', 'not-begun'),
  ];
  expect(releaseSentence({ outcome: 'went-back', reason: 'orders-r2 failed 7 of 23 requests', steps })).toBe(
    'went back: orders-r2 failed 7 of 23 requests; back as they were: payments, orders; cannot be undone: migrate (what it did stays)',
  );
});

it('says of one that is stuck why, and of one that was there already that it was', () => {
  expect(releaseSentence({ outcome: 'stuck', reason: 'no space', steps: [] })).toBe(
    'stuck between the versions: no space',
  );
  expect(releaseSentence({ outcome: 'unchanged', steps: [] })).toBe('unchanged');
});
