import { latency, scenario } from '../../harness';
import { BRIEF_CANARY, nextGoodImage } from '../releases';

scenario('a slow bank during a rollout is nobody’s rollback', async ({ stack, load, deploy, inject, expect }) => {
  await using traffic = await load.steady();

  await using rollout = await deploy('orders', {
    image: nextGoodImage(stack.stable('orders').image),
    strategy: BRIEF_CANARY,
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
