import { scenario } from '../../harness';
import { BRIEF_CANARY, nextGoodImage } from '../releases';

scenario('a good N+1 is promoted and loses nothing', async ({ stack, load, deploy, reconcile, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: nextGoodImage(stack.stable('orders').image),
    strategy: BRIEF_CANARY,
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
  expect(await reconcile()).toReconcile();
});
