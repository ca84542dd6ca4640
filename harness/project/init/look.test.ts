import { expect, it } from '@jest/globals';
import { hasOwnNetwork } from './look';

const on = (...names: readonly string[]) => ({
  networks: Object.fromEntries(names.map((name) => [name, { ip: '172.18.0.2', aliases: [] }])),
});

it('looks into no network that is the machine’s, or somebody else’s', () => {
  expect(hasOwnNetwork(on('shop_default'))).toBe(true);
  expect(hasOwnNetwork(on('host'))).toBe(false);
  // That of a container which it shares.
  expect(hasOwnNetwork(on())).toBe(false);
});
