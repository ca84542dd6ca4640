import { scenario } from '../../harness';
import { BRIEF_CANARY } from '../releases';

scenario('a slow N+1 is rolled back', async ({ load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: 'shop/orders:slow',
    strategy: BRIEF_CANARY,
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveRolledBack({ because: 'slower than stable' });
  expect(traffic).toHaveLostNoRequests();
});
