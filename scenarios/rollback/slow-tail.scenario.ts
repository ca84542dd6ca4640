import { canary, scenario } from '../../harness';
import { BRIEF } from '../releases';

/** Three requests in a hundred are less than what a demonstration names as the rise that matters. */
const LONGER_CANARY = canary({ ...BRIEF, steps: [50, 100], riseToDetect: 0.02 });

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
