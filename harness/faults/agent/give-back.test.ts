import { describe, expect, it } from '@jest/globals';
import type { FrontState, Slot } from '../../front/config';
import type { ServerStatus } from '../../front/runtime';
import { withSlot } from '../../front/state';
import { decide, decideTurn } from './give-back';
import { GIVE_BACK, sharedFront } from '../testing/shared-front';

/** A canary; at half of the traffic, unless said otherwise of stable's share. */
const canary = (blue = 50) => sharedFront(blue, 7);

/** What HAProxy says of the one server of each slot. */
function seen(up: Readonly<Record<Slot, boolean>>): Record<Slot, ServerStatus[]> {
  const server = (slot: Slot, address: string) => ({ server: `${slot}1`, address, up: up[slot] }) as ServerStatus;
  return { blue: [server('blue', '10.0.0.2')], green: [server('green', '10.0.0.3')] };
}

const HEALTHY = seen({ blue: true, green: true });

it('gives everything to stable in an epoch of its own, and says who had what', () => {
  const state = canary();
  const { decision, isWaiting } = decide(GIVE_BACK, { state, status: HEALTHY }, state);
  expect(isWaiting).toBe(false);
  expect(decision?.wanted).toMatchObject({ weights: { blue: 100, green: 0 }, epoch: 8 });
  expect(JSON.parse(decision?.files?.['given-back.json'] ?? '')).toMatchObject({
    stable: 'orders-r1',
    candidate: 'orders-r2',
    weight: 50,
    epoch: 8,
  });
});

it('leaves a share that has ended, and slots that hold other revisions', () => {
  const ended = canary(100);
  expect(decide(GIVE_BACK, { state: ended, status: HEALTHY }, ended)).toMatchObject({
    decision: undefined,
    isWaiting: false,
  });
  const next = { ...GIVE_BACK, candidate: 'orders-r3' };
  const state = canary();
  expect(decide(next, { state, status: HEALTHY }, state)).toMatchObject({ decision: undefined, isWaiting: false });
});

it('keeps the share until stable is usable: capacity before traffic', () => {
  const state = canary();
  const down = decide(GIVE_BACK, { state, status: seen({ blue: false, green: true }) }, state);
  expect(down).toMatchObject({ decision: undefined, isWaiting: true });
});

it('does not take the answer of an address that stable has given up for one of stable', () => {
  const state = canary();
  const moved = withSlot(state, 'blue', { ...state.slots.blue, servers: ['10.0.0.9'] });
  const { decision, isWaiting } = decide(GIVE_BACK, { state, status: HEALTHY }, moved);
  expect(isWaiting).toBe(true);
  expect(decision?.wanted.slots.blue.servers).toEqual(['10.0.0.9']);
  expect(decision?.wanted.weights).toEqual(state.weights);
});

it('leaves its traffic to a candidate that has become stable, once the revision before it was taken out', () => {
  const all = canary(0);
  for (const mode of ['drain', 'maint'] as const) {
    const promoted = withSlot(all, 'blue', { ...all.slots.blue, mode });
    const { decision, isWaiting } = decide(GIVE_BACK, { state: promoted, status: HEALTHY }, promoted);
    expect({ decision, isWaiting }).toEqual({ decision: undefined, isWaiting: false });
  }
  expect(decide(GIVE_BACK, { state: all, status: HEALTHY }, all).decision?.wanted.weights).toEqual({
    blue: 100,
    green: 0,
  });
});

it('lets a stable slot that was taken out serve again', () => {
  const state = canary();
  const out = withSlot(state, 'blue', { ...state.slots.blue, mode: 'maint' });
  const { decision } = decide(GIVE_BACK, { state: out, status: seen({ blue: false, green: true }) }, out);
  expect(decision?.wanted.slots.blue.mode).toBe('ready');
});

describe('where the candidate must not run beside stable', () => {
  const TURN = { ...GIVE_BACK, takesTurns: true } as const;
  const turned = (weights: FrontState['weights'], blue: 'ready' | 'drain' | 'maint', stableUp: boolean) => {
    const all = canary(weights.blue);
    const servers = stableUp ? all.slots.blue.servers : [undefined];
    const state = withSlot(all, 'blue', { ...all.slots.blue, servers, mode: blue });
    return { state, status: seen({ blue: stableUp, green: true }) };
  };

  it.each([
    ['before the new one has any traffic', { blue: 100, green: 0 }],
    ['when it has all of it', { blue: 0, green: 100 }],
  ])('takes the candidate out, admits stable, and waits until that is up: %s', (_name, weights) => {
    const { state, status } = turned(weights, 'maint', false);
    const { decision, isWaiting } = decideTurn(TURN, { state, status }, state);
    expect(isWaiting).toBe(true);
    expect(decision?.wanted).toMatchObject({ weights: { blue: 100, green: 0 }, epoch: 8 });
    expect(decision?.wanted.slots.blue.mode).toBe('ready');
    expect(decision?.wanted.slots.green.mode).toBe('maint');
    expect(JSON.parse(decision?.files?.['given-back.json'] ?? '')).toMatchObject({
      stable: 'orders-r1',
      weight: weights.green,
    });
  });

  it('is done once stable is up, and then changes nothing more', () => {
    const { state, status } = turned({ blue: 100, green: 0 }, 'ready', true);
    const done = withSlot(state, 'green', { ...state.slots.green, mode: 'maint' });
    expect(decideTurn(TURN, { state: done, status }, done)).toMatchObject({ decision: undefined, isWaiting: false });
  });

  it('leaves a front that knows nothing of stable', () => {
    const { state, status } = turned({ blue: 100, green: 0 }, 'ready', true);
    const other = { ...TURN, stable: 'orders-r9' };
    expect(decideTurn(other, { state, status }, state)).toMatchObject({ decision: undefined, isWaiting: false });
  });
});

describe('where the replicas of stable were stopped one by one', () => {
  const ROLLING = { ...GIVE_BACK, replicas: 2 };
  const two = (weights: FrontState['weights'], up: readonly boolean[]) => {
    const all = canary(weights.blue);
    const addresses = ['10.0.0.2', '10.0.0.4'];
    const state = withSlot(all, 'blue', { ...all.slots.blue, servers: addresses });
    const blue = addresses.map((address, index) => ({ address, up: up[index] }) as ServerStatus);
    return { state, status: { ...HEALTHY, blue } };
  };

  it('gives everything back once all of them are usable', () => {
    const { state, status } = two({ blue: 33, green: 67 }, [true, true]);
    const { decision, isWaiting } = decide(ROLLING, { state, status }, state);
    expect(isWaiting).toBe(false);
    expect(decision?.wanted.weights).toEqual({ blue: 100, green: 0 });
  });

  it('waits for all of them first, and after a while for one', () => {
    const { state, status } = two({ blue: 33, green: 67 }, [true, false]);
    expect(decide(ROLLING, { state, status }, state)).toMatchObject({ decision: undefined, isWaiting: true });
    expect(decide(ROLLING, { state, status }, state, true).decision?.wanted.weights).toEqual({ blue: 100, green: 0 });
    expect(decide(GIVE_BACK, { state, status }, state).decision?.wanted.weights).toEqual({ blue: 100, green: 0 });
  });

  it('brings them back although the candidate has no share, and is done when they are', () => {
    const lacking = two({ blue: 100, green: 0 }, [true, false]);
    expect(decide(ROLLING, lacking, lacking.state)).toMatchObject({ decision: undefined, isWaiting: true });
    const whole = two({ blue: 100, green: 0 }, [true, true]);
    expect(decide(ROLLING, whole, whole.state)).toMatchObject({ decision: undefined, isWaiting: false });
  });

  it('lets those serve again that were about to be stopped', () => {
    const { state, status } = two({ blue: 33, green: 67 }, [true, false]);
    const left = withSlot(state, 'blue', { ...state.slots.blue, leaving: ['10.0.0.4'] });
    expect(decide(ROLLING, { state: left, status }, left).decision?.wanted.slots.blue).not.toHaveProperty('leaving');
  });
});
