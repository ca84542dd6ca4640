import { edge, latency, scenario } from '../../harness';
import { nextGoodImage } from '../releases';
import { innocentCanary } from './release';

/** Each statement takes 100 ms more, and the ten connections of a replica are not enough any more: requests of both revisions queue, and fail. */
scenario.nightly('an N+1 of a saturated service is not found worse than stable', async (context) => {
  const { stack, load, deploy, inject, expect } = context;
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: nextGoodImage(stack.stable('orders').image),
    strategy: innocentCanary({ inconclusiveMs: 30_000 }),
  });
  await rollout.reached({ weight: 20 });
  await using slow = await inject(latency({ on: edge('orders', 'postgres:5432'), delayMs: 100 }));
  rollout.resume();
  const result = await rollout.ended();
  await slow.revert();
  await traffic.awaitSteady();
  await traffic.stop();
  // Promoted, or given up for want of a verdict: never for what it did.
  expect(['promoted', 'release-not-judged']).toContain(result.cause ?? result.outcome);
});
