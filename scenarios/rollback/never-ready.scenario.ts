import { canary, scenario } from '../../harness';

scenario('an N+1 that never gets ready takes no request', async ({ load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: 'shop/orders:never-ready',
    strategy: canary({ steps: [20, 50, 100], readyTimeoutMs: 200_000 }),
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveRolledBack({ because: 'unhealthy' });
  expect(result).toHaveServedNothing();
  expect(traffic).toHaveLostNoRequests();
});
