import { scenario } from '../../harness';
import { innocentCanary } from './release';

/** Its runtime stops for 300 ms, once, under a fifth of the traffic. */
scenario.nightly('an N+1 that collects its garbage is promoted', async ({ load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', { image: 'shop/orders:pauses-once', strategy: innocentCanary() });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
});
