import { describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../contract/journal';
import type { Observation } from '../contract/observation';
import { HarnessError } from '../core/errors';
import { deploy } from './controller';
import type { DeliveryPorts } from './ports';
import { recover } from './recover';
import { canary } from './strategies/canary';
import { FakeWorld } from './testing/fake-world';

const SETTINGS = { riseToDetect: 0.2, minReadyMs: 200, bakeMs: 500 };
const REQUEST = { service: 'orders', image: 'good:2', strategy: canary({ steps: [20, 100], ...SETTINGS }) };

/** A rollout whose guardian takes it for dead at the first line that is so; it goes on nevertheless. */
async function takenOverAt(isThen: (line: Observation) => boolean) {
  const journal = new MemoryJournal();
  let isOver = false;
  const fake: FakeWorld = new FakeWorld({
    seed: 'taken-over',
    journal: {
      append(line, options) {
        journal.append(line, options);
        if (isOver || !isThen(line)) return;
        isOver = true;
        fake.guardian.takeOver();
      },
    },
  });
  const drained: string[] = [];
  const own = fake.ports();
  const ports: DeliveryPorts = {
    ...own,
    drain: async (revision) => (drained.push(revision.label), own.drain(revision)),
  };
  const result = await deploy(REQUEST, ports);
  return { fake, ports, journal, drained, result };
}

describe('a rollout whose share was given back while its controller was silent', () => {
  it.each([
    [
      'as it gives more',
      'front-taken-over',
      (line: Observation) => line.type === 'rollout' && /to 100/.test(line.reason ?? ''),
    ],
    ['as it accepts', 'front-taken-over', (line: Observation) => line.type === 'action' && line.action === 'accept'],
    ['as it judges', 'release-not-judged', (line: Observation) => line.type === 'judgement'],
  ])('goes back, and is at its end where the guardian has led (%s)', async (_when, cause, isThen) => {
    const { fake, ports, drained, result } = await takenOverAt(isThen);
    expect(result).toMatchObject({ outcome: 'rolled-back', cause });
    expect(result.switchEpoch).toBe(fake.guardian.given?.epoch);
    expect(result.routedToCandidateAfterSwitch).toBe(0);
    expect(drained).toEqual(['orders-r2']);
    expect({ share: fake.share('orders-r1'), lives: fake.lives('orders-r1'), lost: fake.lost }).toEqual({
      ...{ share: 100, lives: true, lost: 0 },
    });
    expect(fake.lives('orders-r2')).toBe(false);
    expect(fake.store.list('orders').map(({ status }) => status)).toEqual(['stable', 'failed']);
    expect(await recover({ ports })).toEqual([]);
  });
});

describe('a revision that is to be taken out', () => {
  /** Deploys; one action on the old revision fails. */
  async function failingAt(action: 'drain' | 'retire', error: Error) {
    const journal = new MemoryJournal();
    const fake = new FakeWorld({ seed: 'take-out', journal });
    const own = fake.ports();
    const ports: DeliveryPorts = {
      ...own,
      [action]: async (revision: { readonly label: string }) => {
        if (revision.label === 'orders-r1') throw error;
      },
    };
    return { fake, own, result: await deploy(REQUEST, ports) };
  }
  const takenOver = new HarnessError('front-taken-over', { message: 'somebody else has the front' });

  it.each(['drain', 'retire'] as const)('goes on running when its %s is refused: it serves again', async (action) => {
    const { fake, own, result } = await failingAt(action, takenOver);
    expect(fake.lives('orders-r1')).toBe(true);
    expect(result).toMatchObject({
      outcome: 'promoted',
      reason: expect.stringContaining(takenOver.message) as unknown,
    });
    expect(await recover({ ports: own })).toMatchObject([{ outcome: 'promoted' }]);
    expect(fake.lives('orders-r1')).toBe(false);
  });

  it.each(['drain', 'retire'] as const)('is stopped although its %s failed: it has no traffic', async (action) => {
    const { fake, result } = await failingAt(action, new Error('the front is deaf'));
    expect(fake.lives('orders-r1')).toBe(false);
    expect(result).toMatchObject({
      outcome: 'promoted',
      reason: expect.stringContaining('the front is deaf') as unknown,
    });
    expect(fake.store.unfinished()).toEqual([]);
  });
});
