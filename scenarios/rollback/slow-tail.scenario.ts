import { scenario } from '../../harness';
import { BRIEF_CANARY } from '../releases';

scenario('an N+1 that is slow for 3 % of its requests is rolled back', async ({ load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: 'shop/orders:slow-tail',
    strategy: BRIEF_CANARY,
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveRolledBack({ because: 'requests slower than' });
  expect(traffic).toHaveLostNoRequests();
});
