import { scenario } from '../../harness';
import { BRIEF_CONSUMERS, nextGoodImage, ORDERS_ONLY } from '../releases';

scenario('a good N+1 of a worker is promoted, and each message has its effect once', async (context) => {
  const { stack, load, deploy, reconcile, expect } = context;
  await using traffic = await load.steady(ORDERS_ONLY);
  await using rollout = await deploy('mailer', {
    image: nextGoodImage(stack.stable('mailer').image),
    strategy: BRIEF_CONSUMERS,
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
  expect(await reconcile()).toReconcile();
});
