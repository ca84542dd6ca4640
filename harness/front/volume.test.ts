import { beforeEach, describe, expect, it } from '@jest/globals';
import { emptyFront, type FrontState, type Slot, type SlotMode } from './config';
import { followed, withSlot, type GivenBack } from './state';
import { FakeFrontLink } from './testing/fake-front-link';
import { FrontVolume, type FrontChange } from './volume';

const FRESH = emptyFront('orders', 8080, '/readyz');

/** A canary at half of the traffic. */
const CANARY: FrontState = {
  ...FRESH,
  slots: {
    blue: { label: 'orders-r1', servers: ['10.0.0.2'], mode: 'ready' },
    green: { label: 'orders-r2', servers: ['10.0.0.3'], mode: 'ready' },
  },
  weights: { blue: 50, green: 50 },
  epoch: 7,
};
const GIVEN_BACK: FrontState = { ...CANARY, weights: { blue: 100, green: 0 }, epoch: 8 };
const GIVEN: GivenBack = { stable: 'orders-r1', candidate: 'orders-r2', weight: 50, epoch: 8, atMs: 0 };

const weights = (blue: number): FrontChange => {
  const wanted = { blue, green: 100 - blue };
  return { premise: { weights: wanted }, next: (state) => ({ ...state, weights: wanted }) };
};
const inMode = (slot: Slot, mode: SlotMode): FrontChange => ({
  premise: mode === 'ready' ? { slot } : { slot, isIdle: true },
  next: (state) => withSlot(state, slot, { ...state.slots[slot], mode }),
});
const moved = (slot: Slot, ip: string, label = CANARY.slots[slot].label ?? ''): FrontChange => ({
  premise: { slot },
  next: (state) => followed(state, slot, { label, servers: [{ ip }] }),
});

let front: FakeFrontLink;
let volume: FrontVolume;
const link = async () => front.asLink();
const change = (asked: FrontChange) => volume.change(link, asked);
/** As the front does: a lost link is opened anew, and agrees first. */
const changeOverLoss = (asked: FrontChange) => {
  let isFirst = true;
  const connected = async () => {
    if (!isFirst) await volume.agree(front.asLink(), FRESH);
    isFirst = false;
    return front.asLink();
  };
  return volume.change(connected, asked);
};

beforeEach(async () => {
  front = new FakeFrontLink();
  front.write(CANARY);
  volume = new FrontVolume();
  await volume.agree(await link(), FRESH);
});

it('takes over what stands, and fills a front that nobody has told anything', async () => {
  expect(volume.state).toEqual(CANARY);
  front = new FakeFrontLink();
  volume = new FrontVolume();
  await volume.agree(await link(), { ...CANARY, epoch: 0 });
  expect(front.state).toEqual({ ...CANARY, epoch: 0 });
  expect(front.isTrue).toBe(true);
});

describe('a front that its guardian has changed behind our back', () => {
  beforeEach(() => front.write(GIVEN_BACK, GIVEN));

  it('gets no old weights back by a change of an address', async () => {
    await change(moved('green', '10.0.0.9'));
    expect(front.state).toMatchObject({ weights: { blue: 100, green: 0 }, epoch: 8 });
    expect(front.state.slots.green.servers[0]).toBe('10.0.0.9');
    expect(volume.state).toEqual(front.state);
    expect(front.isTrue).toBe(true);
  });

  it('is looked at also by a change that would change nothing', async () => {
    const elsewhere = withSlot(GIVEN_BACK, 'green', { ...CANARY.slots.green, servers: ['10.0.0.8'] });
    front.write(elsewhere);
    await change(moved('green', '10.0.0.3'));
    expect(front.state.slots.green.servers[0]).toBe('10.0.0.3');
    expect(front.state.weights).toEqual({ blue: 100, green: 0 });
  });

  it('refuses a share to the candidate, and says who took over', async () => {
    await expect(change(weights(0))).rejects.toMatchObject({
      code: 'front-taken-over',
      message:
        'the front of orders was taken over: its guardian took this process for dead; it gave the 50 % of orders-r2 back to ' +
        'orders-r1 at 1970-01-01T00:00:00.000Z, epoch 8',
    });
    expect(front.state).toEqual(GIVEN_BACK);
  });

  it('refuses it also once an address was followed on it, and time and again', async () => {
    await change(moved('green', '10.0.0.9'));
    for (const blue of [50, 0, 0])
      await expect(change(weights(blue))).rejects.toMatchObject({ code: 'front-taken-over' });
    expect(front.state.weights).toEqual({ blue: 100, green: 0 });
  });

  it.each(['drain', 'maint'] as const)('does not take out (%s) who has the traffic now', async (mode) => {
    await expect(change(inMode('blue', mode))).rejects.toMatchObject({ code: 'front-taken-over' });
    expect(front.state).toEqual(GIVEN_BACK);
    await change(inMode('green', mode));
    expect(front.state.slots).toMatchObject({ blue: { mode: 'ready' }, green: { mode } });
  });

  it('takes it for success that the weights which are asked for stand, and obeys again from then on', async () => {
    expect(await change(weights(100))).toBe(8);
    expect(front.state).toEqual(GIVEN_BACK);
    expect(await change(weights(80))).toBe(9);
    expect(front.state.weights).toEqual({ blue: 80, green: 20 });
  });

  it('admits on top of it', async () => {
    front.write(withSlot(GIVEN_BACK, 'green', { ...GIVEN_BACK.slots.green, mode: 'maint' }), GIVEN);
    await change(inMode('green', 'ready'));
    expect(front.state).toMatchObject({ weights: { blue: 100 }, slots: { green: { mode: 'ready' } } });
  });

  it('is left as it is by a link that comes back', async () => {
    await volume.agree(await link(), FRESH);
    expect(front.state).toEqual(GIVEN_BACK);
    expect(volume.state).toEqual(GIVEN_BACK);
    await expect(change(weights(0))).rejects.toMatchObject({ code: 'front-taken-over' });
  });

  it('has nothing changed of a slot that holds another revision now', async () => {
    const other = withSlot(GIVEN_BACK, 'green', { label: 'orders-r3', servers: ['10.0.0.7'], mode: 'ready' });
    front.write({ ...other, epoch: 9 });
    for (const asked of [moved('green', '10.0.0.9'), inMode('green', 'drain'), inMode('green', 'ready'), weights(50)])
      await expect(change(asked)).rejects.toMatchObject({
        code: 'front-taken-over',
        message: expect.stringContaining('somebody else has set its routing to 9:100:0:orders-r1:orders-r3') as unknown,
      });
    expect(front.state.slots.green).toMatchObject({ label: 'orders-r3', servers: ['10.0.0.7'] });
  });
});

describe('a front that only had replicas followed, or a slot admitted', () => {
  it('obeys as before: nothing of what was decided has changed', async () => {
    const followedByOthers = withSlot(CANARY, 'blue', { ...CANARY.slots.blue, servers: ['10.0.0.7'] });
    front.write({ ...followedByOthers, epoch: 8 });
    expect(await change(weights(0))).toBe(9);
    expect(front.state).toMatchObject({ weights: { blue: 0, green: 100 }, slots: { blue: { servers: ['10.0.0.7'] } } });
    await change(inMode('blue', 'drain'));
    expect(front.state.slots.blue.mode).toBe('drain');
  });
});

it('writes in one exchange while nobody else does', async () => {
  const before = front.told.length;
  await change(weights(80));
  expect(front.told.slice(before)).toEqual(['set map /state/routing.map now 8:80:20:orders-r1:orders-r2']);
});

it('gives up where somebody else is always faster', async () => {
  let epoch = 10;
  front.beforeSwap = () => front.write({ ...CANARY, epoch: (epoch += 1) });
  await expect(change(weights(80))).rejects.toMatchObject({ code: 'front-command-failed' });
});

describe('a change whose link is lost half-way', () => {
  it.each(['before', 'after'] as const)(
    'is made once the link is back (lost %s the files were written)',
    async (when) => {
      front.loses = when;
      expect(await changeOverLoss(weights(80))).toBe(8);
      expect(front.state).toMatchObject({ weights: { blue: 80, green: 20 }, epoch: 8 });
      expect(front.isTrue).toBe(true);
      front.loses = when;
      await changeOverLoss(moved('green', '10.0.1.1', 'orders-r3'));
      expect(front.state.slots.green).toMatchObject({ label: 'orders-r3', mode: 'maint' });
      expect(front.isTrue).toBe(true);
    },
  );

  it('is told of to a link that comes back after it was given up', async () => {
    front.loses = 'before';
    let isFirst = true;
    const once = async () => {
      if (!isFirst) throw new Error('nobody is there');
      isFirst = false;
      return front.asLink();
    };
    await expect(volume.change(once, weights(80))).rejects.toThrow('nobody is there');
    await volume.agree(await link(), FRESH);
    expect(front.state).toMatchObject({ weights: { blue: 80, green: 20 }, epoch: 8 });
  });

  it('is given up when the guardian has given the share back meanwhile', async () => {
    front.loses = 'before';
    front.beforeSwap = () => {
      if (front.loses === 'before') front.write(GIVEN_BACK, GIVEN);
    };
    await expect(changeOverLoss(weights(0))).rejects.toMatchObject({ code: 'front-taken-over' });
    expect(front.state).toEqual(GIVEN_BACK);
    expect(volume.state).toEqual(GIVEN_BACK);
  });
});
