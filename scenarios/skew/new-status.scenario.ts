import { scenario } from '../../harness';
import { BRIEF_CANARY } from '../releases';

scenario('an N+1 whose orders N cannot read is refused before it has a user', async ({ load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', { image: 'shop/orders:new-status', strategy: BRIEF_CANARY });
  const result = await rollout.ended();
  await traffic.stop();
  const { from, to } = result;
  expect(result).toHaveRolledBack({
    because: `skew "order": ${from} does not understand what ${to} left behind: look`,
  });
  expect(result.weightsReached).toEqual([]);
  expect(traffic).toHaveLostNoRequests();
});
