import { expect, it } from '@jest/globals';
import { planFacts } from '../delivery/plan-facts';
import { firstRevision, nextRevision } from '../delivery/revisions/revision';
import { recreate } from '../delivery/strategies/recreate';
import { fakeSpec } from '../delivery/testing/fake-world';
import { planText } from './plan-text';

const FIRST = firstRevision('orders', fakeSpec('orders:1'));
const SECOND = nextRevision([FIRST], FIRST, fakeSpec('orders:2'));

it('says what would change, the steps with their times, and what that costs', () => {
  const text = planText(planFacts({ from: FIRST, to: SECOND }, recreate({ minReadyMs: 2_000 })));
  expect(text).toContain('orders: orders-r1 → orders-r2 by recreate; nothing was changed.');
  expect(text).toContain('image   orders:1 → orders:2');
  expect(text).toContain('digest  sha256:orders:1 → sha256:orders:2');
  expect(text).toContain('2. stop the old revision\n');
  expect(text).toContain('4. wait until the new revision is ready (at least 2 s, at most 62 s)');
  expect(text).toContain('Beware: recreate: requests to orders are not served');
});

it('says that nothing would happen where this runs already', () => {
  expect(planText(planFacts({ from: FIRST, to: FIRST }, recreate()))).toBe(
    'orders: orders-r1 runs this already; nothing would be deployed.\n',
  );
});
