import { canary, scenario } from '../../harness';

scenario('a slow N+1 is rolled back', async ({ load, deploy, expect }) => {
  await using traffic = await load.open();
  await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 2_000 });
  const rollout = await deploy('orders', {
    image: 'shop/orders:slow',
    strategy: canary({ steps: [20, 50, 100], riseToDetect: 0.1 }),
  });
  await traffic.stop();
  expect(rollout).toHaveRolledBack();
  expect(traffic).toHaveLostNoRequests();
});
