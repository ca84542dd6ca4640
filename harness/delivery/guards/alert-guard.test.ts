import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { rolloutSentence } from '../../contract/rollout-words';
import { beginRollout, deploy } from '../controller';
import { FakeWorld } from '../testing/fake-world';
import { blueGreen } from '../strategies/blue-green';
import { canary } from '../strategies/canary';

const ALERT = { name: 'HighErrorRate', summary: 'orders: 12% of requests fail' };
const QUICK = { riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 10_000, inconclusiveMs: 60_000 };
const STRATEGY = canary({ ...QUICK, steps: [20, 50, 100], abortOn: [{ name: 'HighErrorRate' }] });

function world() {
  const journal = new MemoryJournal();
  return { fake: new FakeWorld({ seed: 'alerts', journal }), journal };
}

/** Calls `act` once, when the new revision first has at least so much of the traffic. */
function atWeight(fake: FakeWorld, weight: number, act: () => void): void {
  fake.everySlice = () => {
    if (fake.share('orders-r2') < weight) return;
    fake.everySlice = undefined;
    act();
  };
}

const request = (strategy = STRATEGY) => ({ service: 'orders', image: 'good:2', strategy });

describe('alerts that end a rollout', () => {
  it.each([
    ['while a canary is judged', 20, STRATEGY],
    ['in the bake', 100, blueGreen({ ...QUICK, abortOn: ['HighErrorRate'] })],
  ])('take it back when one fires %s, whatever the judge says', async (_when, weight, strategy) => {
    const { fake } = world();
    let firedAtMs = 0;
    atWeight(fake, weight, () => {
      firedAtMs = fake.nowMs;
      fake.firing = [ALERT];
    });
    const result = await deploy(request(strategy), fake.ports());
    expect(result).toMatchObject({
      ...{ outcome: 'rolled-back', cause: 'alert-fired', weightsReached: [weight] },
      reason: 'the alert HighErrorRate fired (orders: 12% of requests fail)',
    });
    expect((result.decidedAtMs ?? Infinity) - firedAtMs).toBeLessThan(1_000);
    expect(fake.share('orders-r1')).toBe(100);
    expect(rolloutSentence(result)).toBe(
      'rolled back: the alert HighErrorRate fired (orders: 12% of requests fail), orders-r1 serves everything',
    );
  });

  it('let it go on while others fire, and while none does', async () => {
    const { fake } = world();
    fake.firing = [{ name: 'SlowAnswers' }];
    expect(await deploy(request(), fake.ports())).toMatchObject({ outcome: 'promoted' });
  });

  it('refuse the start when one fires already: nothing is changed', async () => {
    const { fake, journal } = world();
    fake.firing = [ALERT];
    await expect(deploy(request(), fake.ports())).rejects.toMatchObject({
      code: 'alert-firing',
      message: expect.stringContaining('HighErrorRate fires already (orders: 12% of requests fail)'),
    });
    expect(journal.lines).toEqual([]);
    expect(fake.store.list('orders')).toHaveLength(1);
  });

  it('refuse the start when one is unknown, when nothing tells of alerts, and when that does not answer', async () => {
    const { fake } = world();
    const unknown = canary({ steps: [100], abortOn: ['HighErrorRat'] });
    await expect(deploy(request(unknown), fake.ports())).rejects.toMatchObject({ code: 'unknown-alert' });
    const { alerts: _none, ...without } = fake.ports();
    await expect(deploy(request(), without)).rejects.toMatchObject({ code: 'unknown-alert' });
    fake.isPrometheusGone = true;
    await expect(deploy(request(), fake.ports())).rejects.toMatchObject({ code: 'alert-not-watched' });
    expect(fake.store.list('orders')).toHaveLength(1);
  });

  it('do not refuse what would change nothing', async () => {
    const { fake } = world();
    fake.firing = [ALERT];
    expect(await deploy({ ...request(), image: 'good:1' }, fake.ports())).toMatchObject({ outcome: 'unchanged' });
  });

  it('hold it while Prometheus is gone, and let it end when it is back', async () => {
    const { fake, journal } = world();
    atWeight(fake, 20, () => {
      fake.isPrometheusGone = true;
      const goneAtMs = fake.nowMs;
      fake.everySlice = () => {
        if (fake.nowMs - goneAtMs < 40_000) return;
        expect(fake.share('orders-r2')).toBe(20);
        fake.isPrometheusGone = false;
        fake.everySlice = undefined;
      };
    });
    expect(await deploy(request(), fake.ports())).toMatchObject({ outcome: 'promoted' });
    const told = journal.lines.flatMap((line) => (line.type === 'note' ? [line.message] : []));
    expect(told).toEqual(['whether HighErrorRate fires is not known: Prometheus does not answer']);
  });

  it('give it up when Prometheus stays away, as inconclusive', async () => {
    const { fake } = world();
    atWeight(fake, 20, () => void (fake.isPrometheusGone = true));
    const result = await deploy(request(), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'alert-not-watched', weightsReached: [20] });
    expect(result.reason).toBe(
      'inconclusive after 60 s: whether HighErrorRate fires is not known: Prometheus does not answer',
    );
  });

  it('leave a release alone that somebody has promoted by hand', async () => {
    const { fake } = world();
    const rollout = await beginRollout(request(), fake.ports());
    rollout.promote();
    fake.firing = [ALERT];
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted' });
  });
});
