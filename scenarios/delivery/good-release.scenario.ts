import { canary, scenario } from '../../harness';

scenario('a good N+1 is promoted and loses nothing', async ({ load, deploy, reconcile, expect }) => {
  await using traffic = await load.open();
  await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 2_000 });
  const rollout = await deploy('orders', {
    image: 'shop/orders:next',
    strategy: canary({ steps: [20, 50, 100], riseToDetect: 0.1 }),
  });
  await traffic.stop();
  expect(rollout).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
  expect(await reconcile()).toReconcile();
});
