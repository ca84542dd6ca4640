import { canary, scenario } from '../../harness';

scenario('an N+1 that never gets ready takes no request', async ({ load, deploy, expect }) => {
  await using traffic = await load.open();
  await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 2_000 });
  const rollout = await deploy('orders', {
    image: 'shop/orders:never-ready',
    strategy: canary({ steps: [20, 50, 100], readyTimeoutMs: 15_000 }),
  });
  await traffic.stop();
  expect(rollout).toHaveRolledBack();
  expect(rollout).toHaveServedNothing();
  expect(traffic).toHaveLostNoRequests();
});
