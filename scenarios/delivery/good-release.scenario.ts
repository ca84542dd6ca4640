import { scenario } from '../../harness';
import { BRIEF_CANARY, STEADY } from '../strategy';

scenario('a good N+1 is promoted and loses nothing', async ({ load, deploy, reconcile, expect }) => {
  await using traffic = await load.open();
  await traffic.awaitSteady(STEADY);
  const rollout = await deploy('orders', {
    image: 'shop/orders:next',
    strategy: BRIEF_CANARY,
  });
  await traffic.stop();
  expect(rollout).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
  expect(await reconcile()).toReconcile();
});
