import { canary, scenario } from '../../harness';
import { BRIEF_CANARY } from '../releases';

/** Stays at its weight until it is told to go back. */
const WAITING = canary({ steps: [20], riseToDetect: 0.1, windowMs: 500, holdMs: 300_000, readyTimeoutMs: 90_000 });

scenario.nightly(
  'an N+1 of orders that does not get on with the N+1 of inventory is refused before the two meet in a user’s request',
  async ({ load, deploy, expect }) => {
    await using traffic = await load.steady();
    await using first = await deploy('inventory', { image: 'shop/inventory:currencies', strategy: WAITING });
    await first.reached({ weight: 20 });
    await using second = await deploy('orders', { image: 'shop/orders:currencies', strategy: BRIEF_CANARY });
    const result = await second.ended();
    await first.abort('it has met the other one');
    const other = await first.ended();
    await traffic.stop();
    const { to } = result;
    expect(result).toHaveRolledBack({
      because: `skew "order": ${to} and ${other.to} do not understand each other: checkout`,
    });
    expect(result.weightsReached).toEqual([]);
    expect(other.outcome).toBe('aborted');
    expect(traffic).toHaveLostNoRequests();
  },
);
