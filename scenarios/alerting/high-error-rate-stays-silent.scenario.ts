import { canary, scenario } from '../../harness';

/** One request in five, on a fifth of the traffic: 4 %, under the threshold of 5 %. */
scenario('HighErrorRate stays silent at 4 % errors', async ({ load, deploy, alerts, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: 'shop/orders:errors',
    // It would fire after its `for`, and the window and the evaluations before it: a quarter of that.
    strategy: canary({ steps: [20], holdMs: 1.5 * alerts.forMs('HighErrorRate'), minReadyMs: 1_000 }),
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveHeld();
  const evidence = await alerts.evidence('HighErrorRate', result.held);
  expect(evidence).toHaveSeenErrors({ ratio: 0.04, tolerance: 0.015 });
  expect(evidence).toHaveStayedSilent();
});
