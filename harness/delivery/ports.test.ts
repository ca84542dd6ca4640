import { MemoryJournal } from '../contract/journal';
import { FakeWorld } from './testing/fake-world';
import { deliveryPortsContract } from './testing/ports-contract';

deliveryPortsContract('the fake world', async () => {
  const world = new FakeWorld({ seed: 'contract', journal: new MemoryJournal(), ratePerSecond: 0 });
  return {
    ports: world.ports(),
    service: 'orders',
    ask: async (count) => Array.from({ length: count }, () => world.ask()),
    kill: async (label) => void Object.assign(world.containers.get(label) ?? {}, { running: false }),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
