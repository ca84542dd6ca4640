import { canary, scenario } from '../../harness';

scenario('an N+1 that fails one request in five is rolled back', async ({ load, deploy, expect }) => {
  await using traffic = await load.open();
  await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 2_000 });
  const rollout = await deploy('orders', {
    image: 'shop/orders:errors',
    strategy: canary({ steps: [20, 50, 100], riseToDetect: 0.1 }),
  });
  await traffic.stop();
  expect(rollout).toHaveRolledBack({ withinMs: 10_000, switchWithinMs: 25 });
  expect(traffic).toHaveLostOnlyOn(rollout);
});
