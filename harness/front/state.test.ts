import { expect, it } from '@jest/globals';
import { emptyFront, type FrontState, type SlotState } from './config';
import { commonAddress, followed, serving, withSlot } from './state';

const EMPTY = emptyFront('orders', 8080, '/readyz');
const blue = (servers: SlotState['servers'], mode: SlotState['mode'] = 'ready'): FrontState =>
  withSlot(EMPTY, 'blue', { label: 'orders-r1', servers, mode });
const at = (...ips: readonly string[]) => ({ label: 'orders-r1', servers: ips.map((ip) => ({ ip })) });

it('follows a replica to its new address, and leaves the others at their places', () => {
  const state = followed(blue(['10.0.0.2', '10.0.0.3']), 'blue', at('10.0.0.3', '10.0.0.9'));
  expect(state.slots.blue.servers.slice(0, 2)).toEqual(['10.0.0.9', '10.0.0.3']);
  expect(state.epoch).toBe(EMPTY.epoch);
});

it('changes nothing while no replica moves, in whatever order they are listed', () => {
  const state = blue(['10.0.0.2', '10.0.0.3']);
  expect(followed(state, 'blue', at('10.0.0.3', '10.0.0.2'))).toBe(state);
});

it('leaves to the controller what a slot may serve, also while it has no replica', () => {
  for (const mode of ['ready', 'drain', 'maint'] as const) {
    const gone = followed(blue(['10.0.0.2'], mode), 'blue', at());
    expect(gone.slots.blue).toMatchObject({ label: 'orders-r1', mode });
    expect(followed(gone, 'blue', at('10.0.0.9')).slots.blue).toMatchObject({ servers: ['10.0.0.9'], mode });
  }
});

it('puts a slot with a share in service again, and none that was taken out, drains or is empty', () => {
  expect(serving(blue(['10.0.0.2'], 'maint')).slots.blue.mode).toBe('ready');
  for (const state of [
    blue(['10.0.0.2'], 'drain'),
    blue([], 'maint'),
    { ...blue(['10.0.0.2'], 'maint'), weights: { blue: 0, green: 100 } },
  ])
    expect(serving(state)).toBe(state);
});

it('takes the address in a network of the front, and none of another or of a stopped container', () => {
  const front = { apps: { ip: '10.0.0.1' } };
  expect(commonAddress(front, { store: { ip: '10.1.0.2' }, apps: { ip: '10.0.0.2' } })).toBe('10.0.0.2');
  expect(commonAddress(front, { store: { ip: '10.1.0.2' } })).toBeUndefined();
  expect(commonAddress(front, { apps: { ip: '' } })).toBeUndefined();
});
