import { scenario } from '../../harness';
import { BRIEF_CANARY } from '../releases';

scenario('the same image as N+1 is promoted', async ({ load, deploy, stack, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: stack.stable('orders').image,
    redeploy: true,
    strategy: BRIEF_CANARY,
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
});
