import { canary, scenario } from '../../harness';

scenario(
  'an innocent N+1 is not blamed for a dependency that fails for both',
  async ({ load, faults, deploy, expect }) => {
    await using traffic = await load.open();
    await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 2_000 });
    await using crash = await faults.crash({ service: 'payments', keepDown: true });
    const rollout = await deploy('orders', {
      image: 'shop/orders:next',
      strategy: canary({ steps: [20, 50, 100], riseToDetect: 0.2 }),
    });
    await crash.revert();
    await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 2_000 });
    await traffic.stop();
    expect(rollout).toHaveBeenPromoted();
  },
);
