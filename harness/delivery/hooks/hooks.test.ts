import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { rolloutSentence } from '../../contract/rollout-words';
import { deploy } from '../controller';
import { FakeWorld } from '../testing/fake-world';
import { canary } from '../strategies/canary';
import { recordOf, type Strategy } from '../strategies/strategy';
import { restored } from '../strategies/restore';

const QUICK = { steps: [20, 100], riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 3_000 };
const HOOKS = {
  beforeStart: ['migrate', { command: ['freeze', 'orders'], timeoutMs: 5_000 }],
  beforePromotion: 'https://smoke.test/orders?token=secret',
  afterPromotion: 'announce',
  afterRollback: ['mourn', 'thaw'],
};
const STRATEGY = canary({ ...QUICK, ...HOOKS });

function world(behaviours = {}) {
  const journal = new MemoryJournal();
  return { fake: new FakeWorld({ seed: 'hooks', journal, behaviours }), journal };
}

const request = (strategy: Strategy = STRATEGY) => ({ service: 'orders', image: 'good:2', strategy });

describe('hooks of a rollout', () => {
  it('run in their moments, and are told who, what digests and at which weight', async () => {
    const { fake, journal } = world();
    expect(await deploy(request(), fake.ports())).toMatchObject({ outcome: 'promoted' });
    expect(fake.hooksRun.map(({ hook, weight }) => [hook, weight])).toEqual([
      ['before-start', 0],
      ['before-start', 0],
      ['before-promotion', 100],
      ['after-promotion', 100],
    ]);
    expect(fake.hooksRun[0]).toMatchObject({
      service: 'orders',
      from: { label: 'orders-r1', image: 'good:1', digest: 'sha256:good:1' },
      to: { label: 'orders-r2', image: 'good:2', digest: 'sha256:good:2' },
    });
    const told = journal.lines.flatMap((line) => (line.type === 'hook' ? [[line.what, line.state]] : []));
    expect(told).toEqual([
      ['migrate', 'passed'],
      ['freeze orders', 'passed'],
      ['POST https://smoke.test/orders', 'passed'],
      ['announce', 'passed'],
    ]);
  });

  it('end the rollout before it starts anything, where one fails there; the last lines are told', async () => {
    const { fake } = world();
    fake.hooks = { migrate: { failure: 'exit code 3', says: 'no such column' } };
    const result = await deploy(request(), fake.ports());
    expect(result).toMatchObject({
      ...{ outcome: 'rolled-back', cause: 'hook-failed', weightsReached: [] },
      reason: 'the hook before the start failed: migrate: exit code 3\n  no such column',
    });
    expect(fake.containers.has('orders-r2')).toBe(false);
    expect(rolloutSentence(result)).toBe(
      'rolled back: the hook before the start failed: migrate: exit code 3, orders-r1 serves everything',
    );
    expect(fake.hooksRun.map(({ hook }) => hook)).toEqual(['before-start', 'after-rollback', 'after-rollback']);
  });

  it('take it back where one fails, or hangs, before the promotion, and say afterwards why', async () => {
    for (const ends of [{ failure: 'status 500' }, { takesMs: 1e9 }]) {
      const { fake } = world();
      fake.hooks = { 'POST https://smoke.test/orders': ends };
      const result = await deploy(request(), fake.ports());
      expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'hook-failed', weightsReached: [20, 100] });
      expect(result.reason).toMatch(/POST https:\/\/smoke.test\/orders: (status 500|did not end within 60000 ms)$/);
      expect(fake.share('orders-r1')).toBe(100);
      expect(fake.hooksRun.slice(-2)).toMatchObject([
        { hook: 'after-rollback', weight: 0, reason: result.reason },
        { hook: 'after-rollback' },
      ]);
    }
  });

  it('watch the new revision while one before the promotion runs, and end it when that dies', async () => {
    const { fake } = world({ 'good:2': { diesAfterMs: 25_000 } });
    fake.hooks = { 'POST https://smoke.test/orders': { takesMs: 50_000 } };
    let diedAtMs = 0;
    fake.everySlice = () => {
      if (diedAtMs === 0 && fake.share('orders-r2') === 100 && !fake.lives('orders-r2')) diedAtMs = fake.nowMs;
    };
    const result = await deploy(request(), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-dead' });
    expect(result.reason).not.toContain('hook');
    expect((result.rolledBackAtMs ?? Infinity) - diedAtMs).toBeLessThan(10_000);
  });

  it('after something only tell that they failed', async () => {
    const { fake } = world();
    fake.hooks = { announce: { failure: 'exit code 1', says: 'no network' } };
    expect(await deploy(request(), fake.ports())).toMatchObject({
      outcome: 'promoted',
      reason: 'the hook after the promotion failed: announce: exit code 1: no network',
    });
    expect(fake.store.stable('orders')?.label).toBe('orders-r2');

    const other = world({ 'good:2': { errorRatio: 0.3 } }).fake;
    other.hooks = { thaw: { takesMs: 1e9 } };
    const result = await deploy(request(), other.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected' });
    expect(result.reason).toContain('; the hook after the rollback failed: thaw: did not end within 60000 ms');
  });

  it('are still known to whoever ends the rollout of a dead controller', () => {
    const { strategy, unknown } = restored(recordOf(STRATEGY), 'canary');
    expect(unknown).toEqual([]);
    expect(strategy.steps.map(({ says }) => says)).toEqual(STRATEGY.steps.map(({ says }) => says));
  });
});
