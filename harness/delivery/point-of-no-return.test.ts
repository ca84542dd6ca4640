import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import type { JournalLine } from '../contract/observation';
import { beginRollout, deploy } from './controller';
import type { Rollout } from './handle';
import type { DeliveryPorts } from './ports';
import { recover } from './recover';
import type { RevisionStore } from './revision-store';
import { canary } from './strategies/canary';
import { FakeWorld } from './testing/fake-world';

const STRATEGY = canary({ steps: [20, 100], riseToDetect: 0.2, minReadyMs: 200, bakeMs: 500 });
const REQUEST = { service: 'orders', image: 'good:2', strategy: STRATEGY };

function world() {
  const journal = new MemoryJournal();
  const fake = new FakeWorld({ seed: 'point-of-no-return', journal });
  return { fake, journal, ports: fake.ports() };
}

const endsIn = (lines: readonly JournalLine[]) => lines.filter(({ type }) => type === 'rollout-ended');

describe('a rollout that fails as it accepts the new revision', () => {
  /** The weights cannot be set any more, once the record says that the new revision is stable. */
  const deafOnceAccepted = (fake: FakeWorld, ports: DeliveryPorts): DeliveryPorts => ({
    ...ports,
    setWeights: async (service, weights) => {
      if (fake.store.stable('orders')?.label === 'orders-r2') throw new Error('the front is deaf');
      return ports.setWeights(service, weights);
    },
  });

  it('is promoted where the record says so, tells the problem, and leaves the rest to the next command', async () => {
    const { fake, journal, ports } = world();
    const result = await deploy(REQUEST, deafOnceAccepted(fake, ports));
    expect(result).toMatchObject({
      outcome: 'promoted',
      reason: expect.stringContaining('the front is deaf') as unknown,
    });
    expect(endsIn(journal.lines)).toMatchObject([{ outcome: 'promoted' }]);
    expect(fake.lives('orders-r1')).toBe(true);
    expect(await recover({ ports })).toMatchObject([{ outcome: 'promoted' }]);
    expect(fake.lives('orders-r1')).toBe(false);
    expect(fake.store.unfinished()).toEqual([]);
  });

  it('goes back where the record could not be written', async () => {
    const { fake, journal, ports } = world();
    const put: RevisionStore['put'] = (...revisions) => {
      if (revisions.some(({ label, status }) => label === 'orders-r2' && status === 'stable'))
        throw new Error('disk full');
      fake.store.put(...revisions);
    };
    const result = await deploy(REQUEST, { ...ports, revisions: { ...fake.store, put } });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: expect.stringContaining('disk full') as unknown });
    expect(endsIn(journal.lines)).toHaveLength(1);
    expect(fake.share('orders-r1')).toBe(100);
    expect(fake.store.unfinished()).toEqual([]);
  });

  it('does not keep the next command from its work where the front stays deaf', async () => {
    const { fake, ports } = world();
    const deaf = deafOnceAccepted(fake, ports);
    await deploy(REQUEST, deaf);
    expect(await recover({ ports: deaf })).toMatchObject([{ outcome: 'promoted' }]);
    expect(fake.store.unfinished()).toHaveLength(1);
  });
});

describe('the last moment before the new revision is accepted', () => {
  /** Does something as the front is asked the last time whether the new revision is usable. */
  async function atTheLastLook(act: (rollout: Rollout) => void) {
    const { fake, journal, ports } = world();
    const begun: Rollout[] = [];
    let looks = 0;
    const isBaked = () => begun[0]?.state() === 'Baking' && journal.lines.at(-1)?.type === 'action';
    const look = () => {
      const [rollout] = begun;
      if (rollout === undefined || !isBaked() || (looks += 1) > 1) return;
      act(rollout);
    };
    const own: DeliveryPorts = {
      ...ports,
      usable: async (revision) => (look(), ports.usable(revision)),
      readyReplicas: async (revision) => (look(), ports.readyReplicas(revision)),
    };
    const rollout = await beginRollout(REQUEST, own);
    begun.push(rollout);
    return { fake, journal, rollout };
  }

  it('is not too late to abort', async () => {
    const { fake, rollout } = await atTheLastLook((own) => void own.abort('the wrong image'));
    expect(await rollout.ended()).toMatchObject({ outcome: 'aborted', reason: 'the wrong image' });
    expect(fake.store.stable('orders')?.label).toBe('orders-r1');
  });

  it('is not too late to pause', async () => {
    const { fake, journal, rollout } = await atTheLastLook((own) => own.pause());
    const isAccepted = () => fake.store.stable('orders')?.label === 'orders-r2';
    for (let turn = 0; turn < 3_000 && !isAccepted(); turn += 1) await Promise.resolve();
    expect(isAccepted()).toBe(false);
    rollout.resume();
    expect(await rollout.ended()).toMatchObject({ outcome: 'promoted' });
    expect(endsIn(journal.lines)).toHaveLength(1);
  });
});
