import { scenario } from '../../harness';
import { BRIEF_CANARY } from '../releases';

const LEFT_BEHIND = [
  { of: 'gateway', what: 'cookies', image: 'shop/gateway:cookie-format', name: 'cart', request: 'cart' },
  {
    of: 'inventory',
    what: 'cache entries',
    image: 'shop/inventory:cache-shape',
    name: 'search',
    request: 'searchAgain',
  },
];

scenario.nightly.each(LEFT_BEHIND)(
  'an N+1 of $of whose $what N cannot read is refused before it has a user',
  async ({ load, deploy, expect }, { of, image, name, request }) => {
    await using traffic = await load.steady();
    await using rollout = await deploy(of, { image, strategy: BRIEF_CANARY });
    const result = await rollout.ended();
    await traffic.stop();
    const { from, to } = result;
    const because = `skew "${name}": ${from} does not understand what ${to} left behind: ${request}`;
    expect(result).toHaveRolledBack({ because });
    expect(result.weightsReached).toEqual([]);
    expect(traffic).toHaveLostNoRequests();
  },
);

scenario.nightly(
  'an N+1 of inventory that calls a field something else than its callers do is refused before it has a user',
  async ({ load, deploy, expect }) => {
    await using traffic = await load.steady();
    await using rollout = await deploy('inventory', { image: 'shop/inventory:renamed-field', strategy: BRIEF_CANARY });
    const result = await rollout.ended();
    await traffic.stop();
    const { from, to } = result;
    expect(result).toHaveRolledBack({
      because: `skew "order": ${to} answers wrongly where ${from} does not: checkout`,
    });
    expect(result.weightsReached).toEqual([]);
    expect(traffic).toHaveLostNoRequests();
  },
);

scenario.nightly.each([{ of: 'gateway' }, { of: 'inventory' }])(
  'a twin of $of leaves nothing behind that N cannot read',
  async ({ load, deploy, expect }, { of }) => {
    await using traffic = await load.steady();
    await using rollout = await deploy(of, { image: `shop/${of}:next`, strategy: BRIEF_CANARY });
    const result = await rollout.ended();
    await traffic.stop();
    expect(result).toHaveBeenPromoted();
    expect(result.reason).toBeUndefined();
    expect(traffic).toHaveLostNoRequests();
  },
);
