import { canary, latency, scenario } from '../../harness';
import { nextGoodImage } from '../releases';

scenario('a slow bank during a rollout is nobody’s rollback', async ({ stack, load, deploy, inject, expect }) => {
  await using traffic = await load.steady();

  await using rollout = await deploy('orders', {
    image: nextGoodImage(stack.stable('orders').image),
    strategy: canary({ steps: [20, 50, 100], riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 2_000 }),
  });
  await rollout.reached({ weight: 20 });
  await using slow = await inject(latency({ on: stack.edges.bank, delayMs: 200 }));
  rollout.resume();
  const result = await rollout.ended();
  await slow.revert();
  await traffic.stop();
  expect(result).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
});
