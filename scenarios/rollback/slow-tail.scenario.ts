import { canary, scenario } from '../../harness';
import { BRIEF } from '../releases';

/** Three requests in a hundred want more of them than a demonstration has: chance would promote it now and then. */
const LONGER_CANARY = canary({ ...BRIEF, steps: [50, 100], riseToDetect: 0.01 });

scenario.nightly('an N+1 that is slow for 3 % of its requests is rolled back', async ({ load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: 'shop/orders:slow-tail',
    strategy: LONGER_CANARY,
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveRolledBack({ because: 'requests slower than' });
  expect(traffic).toHaveLostNoRequests();
});
