import { canary, crash, scenario } from '../../harness';
import { nextGoodImage } from '../releases';

scenario(
  'an innocent N+1 is not blamed for a dependency that fails for both',
  async ({ stack, load, inject, deploy, expect }) => {
    await using traffic = await load.steady();
    await using outage = await inject(crash({ of: 'payments', keepDown: true }));
    await using rollout = await deploy('orders', {
      image: nextGoodImage(stack.stable('orders').image),
      strategy: canary({ steps: [50, 100], riseToDetect: 0.2, windowMs: 500, minReadyMs: 1_000, bakeMs: 2_000 }),
    });
    const result = await rollout.ended();
    await outage.revert();
    await traffic.awaitSteady();
    await traffic.stop();
    expect(result).toHaveBeenPromoted();
    expect(result.samples.from.errors).toBeGreaterThan(0);
    expect(result.samples.to.errors).toBeGreaterThan(0);
  },
);
