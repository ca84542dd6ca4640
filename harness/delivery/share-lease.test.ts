import { expect, it } from '@jest/globals';
import { HarnessError } from '../core/errors';
import type { UndoKeeper } from '../faults/context';
import { emptyFront } from '../front/config';
import { withSlot } from '../front/state';
import { giveBackText } from '../front/takeover';
import type { DeliveryPorts } from './ports';
import { memoryRevisionStore } from './revisions/revision-store';
import { firstRevision, nextRevision, settled } from './revisions/revision';
import { endLease, leaseStable, setLeasedWeights, whoGaveBack } from './share-lease';
import { SETTINGS, fakeSpec } from './testing/fake-world';

const FIRST = firstRevision('orders', fakeSpec('orders:1'));
const SECOND = nextRevision([FIRST], FIRST, fakeSpec('orders:2'));

const working: UndoKeeper = { register: async () => undefined, unregister: async () => undefined };
const failing = (code: 'helper-gone' | 'helper-silent' | 'helper-failed'): UndoKeeper => {
  const fail = () => Promise.reject(new HarnessError(code, { message: code }));
  return { register: fail, unregister: fail };
};
const gone = failing('helper-gone');

/** Sets weights, and tells what happened in which order. */
async function set(
  blue: number,
  { revisions = [FIRST, SECOND], guardian = working, candidate = 'orders-r2' } = {},
): Promise<unknown[]> {
  const done: unknown[] = [];
  const labelled = withSlot(emptyFront('orders', SETTINGS.port, '/'), 'blue', {
    label: 'orders-r1',
    servers: [],
    mode: 'ready',
  });
  const state = withSlot(labelled, 'green', {
    label: candidate === '' ? undefined : candidate,
    servers: [],
    mode: 'ready',
  });
  const front = { service: 'orders', state, setWeights: async () => done.push('weights') };
  await setLeasedWeights(
    {
      front: front as never,
      revisions: memoryRevisionStore(revisions),
      guardian: {
        register: async (undo) => (await guardian.register(undo), void done.push(undo)),
        unregister: async (id) => (await guardian.unregister(id), void done.push(`ended ${id}`)),
      },
    },
    { blue, green: 100 - blue },
  ).catch((error: Error) => done.push(error.message));
  return done;
}

const LEASE = {
  id: 'share of orders',
  action: 'weights',
  service: 'orders',
  stable: 'orders-r1',
  candidate: 'orders-r2',
};

it('leases a share before the candidate gets it, for as long as the heart-beats last', async () => {
  expect(await set(50)).toEqual([LEASE, 'weights']);
  expect(await set(0)).toEqual([LEASE, 'weights']);
});

it('ends the lease once stable has everything', async () => {
  expect(await set(100)).toEqual(['weights', 'ended share of orders']);
});

it('ends the lease of a release that has become stable by its record, and does not give its traffic back', async () => {
  const revisions = [settled(FIRST, 'retired'), settled(SECOND, 'stable')];
  expect(await set(0, { revisions })).toEqual(['weights', 'ended share of orders']);
});

it('gives a candidate nothing that nobody would give back', async () => {
  expect(await set(50, { guardian: gone })).toEqual(['helper-gone']);
  expect(await set(50, { guardian: failing('helper-silent') })).toEqual(['helper-silent']);
});

it('gives no share of which it does not know whose it is, or who would get it back', async () => {
  const noLabel = { candidate: '' };
  expect(await set(50, noLabel)).toEqual([
    'nobody would give a share of orders back: its front knows of no revision in green',
  ]);
  expect(await set(100, noLabel)).toEqual(['weights', 'ended share of orders']);
  const revisions = [settled(FIRST, 'retired'), SECOND];
  expect(await set(50, { revisions })).toEqual(['nobody would give a share of orders back: it has no stable revision']);
});

it('switches to stable whatever has become of the guardian', async () => {
  expect(await set(100, { guardian: gone })).toEqual(['weights']);
});

it('tells that a lease may live on, of a guardian that does not answer', async () => {
  expect(await set(100, { guardian: failing('helper-silent') })).toEqual(['weights', 'helper-silent']);
});

it('switches to stable also when the guardian has taken over: it does the same', async () => {
  expect(await set(100, { guardian: failing('helper-failed') })).toEqual(['weights']);
});

it('does not take a lease for ended whose guardian does not say so', async () => {
  const ended: string[] = [];
  await endLease('orders', { ...working, unregister: async (id) => void ended.push(id) });
  expect(ended).toEqual([LEASE.id]);
  for (const code of ['helper-gone', 'helper-silent', 'helper-failed'] as const)
    await expect(endLease('orders', failing(code))).rejects.toMatchObject({ code });
});

it('tells who gave a share back, of the release that had it and of no other', async () => {
  const given = { stable: 'orders-r1', candidate: 'orders-r2', weight: 50, epoch: 8, atMs: 0 };
  const gaveBack = { candidate: given.candidate, says: giveBackText(given) };
  const ports = { givenBack: async () => gaveBack } as unknown as DeliveryPorts;
  expect(await whoGaveBack(ports, 'orders', 'orders-r2')).toBe(
    '; the guardian gave the 50 % of orders-r2 back to orders-r1 at 1970-01-01T00:00:00.000Z, epoch 8',
  );
  expect(await whoGaveBack(ports, 'orders', 'orders-r3')).toBe('');
});

it('says of who takes turns that the candidate goes before stable comes, from before stable is stopped', async () => {
  const leased: unknown[] = [];
  const guardian = { ...working, register: async (undo: unknown) => void leased.push(undo) };
  const revisions = memoryRevisionStore([FIRST, SECOND]);
  await leaseStable(SECOND, { takesTurns: true }, { guardian, revisions });
  const state = withSlot(emptyFront('orders', SETTINGS.port, '/'), 'green', {
    ...{ label: 'orders-r2', servers: [], mode: 'ready' },
  });
  const front = { service: 'orders', state, setWeights: async () => 1 } as never;
  await setLeasedWeights({ front, guardian, revisions }, { blue: 0, green: 100 }, { takesTurns: true });
  expect(leased).toEqual([
    { ...LEASE, takesTurns: true },
    { ...LEASE, takesTurns: true },
  ]);
  const nobody = memoryRevisionStore([SECOND]);
  await expect(leaseStable(SECOND, {}, { guardian, revisions: nobody })).rejects.toMatchObject({
    code: 'share-not-leased',
  });
});
