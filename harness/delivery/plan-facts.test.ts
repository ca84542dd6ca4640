import { describe, expect, it } from '@jest/globals';
import { planFacts, warningOf } from './plan-facts';
import { firstRevision, nextRevision } from './revisions/revision';
import { blueGreen } from './strategies/blue-green';
import { recreate } from './strategies/recreate';
import { fakeSpec } from './testing/fake-world';

const FIRST = firstRevision('orders', fakeSpec('orders:1'));
const second = fakeSpec('orders:2');
const definition = { ...second.definition, service: { environment: { SECRET: 'hunter2' } } };
const SECOND = nextRevision([FIRST], FIRST, { ...second, definition });

describe('what a deployment would do', () => {
  it('is what is different, by name and without a value, and each step with its times', () => {
    const strategy = blueGreen({ bakeMs: 3_000, minReadyMs: 1_000, readyTimeoutMs: 9_000 });
    const facts = planFacts({ from: FIRST, to: SECOND }, strategy);
    expect(facts).toMatchObject({ isUnchanged: false, from: { label: 'orders-r1' }, to: { label: 'orders-r2' } });
    expect(facts.changes).toEqual(['content', 'definition.service.environment', 'image']);
    expect(JSON.stringify(facts)).not.toContain('hunter2');
    expect(facts.steps.map(({ kind }) => kind)).toEqual(strategy.steps.map(({ kind }) => kind));
    expect(facts.steps[1]).toMatchObject({ kind: 'ready', atLeastMs: 1_000, atMostMs: 10_000 });
    expect(facts.steps[4]).toMatchObject({ kind: 'bake', atLeastMs: 3_000 });
    expect(facts.warnings).toEqual([]);
  });

  it('is nothing where this runs already', () => {
    const facts = planFacts({ from: FIRST, to: FIRST }, recreate());
    expect(facts).toMatchObject({ isUnchanged: true, changes: [], steps: [], warnings: [] });
  });

  it('tells beforehand of a strategy that leaves nobody to serve, and says nothing of others', () => {
    const warning =
      'recreate: requests to api are not served from the stop of the old revision until the new one is ready';
    expect(warningOf(recreate(), 'api')).toBe(warning);
    expect(warningOf(blueGreen(), 'api')).toBeUndefined();
    expect(planFacts({ from: FIRST, to: SECOND }, recreate()).warnings).toHaveLength(1);
  });
});
