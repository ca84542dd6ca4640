import { canary, scenario } from '../../harness';

scenario('the same image as N+1 is promoted', async ({ load, deploy, stack, expect }) => {
  await using traffic = await load.open();
  await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 2_000 });
  const rollout = await deploy('orders', {
    image: stack.stable('orders').image,
    redeploy: true,
    strategy: canary({ steps: [20, 50, 100], riseToDetect: 0.1 }),
  });
  await traffic.stop();
  expect(rollout).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
});
