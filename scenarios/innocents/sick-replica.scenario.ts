import { scenario } from '../../harness';
import { needsReplicas } from '../replicas';
import { innocentCanary } from './release';

/** The first replica of it in a database fails its reads; what comes in its place does not. */
scenario.nightly(
  'one sick replica of three is replaced, and N+1 is promoted',
  { tags: ['three-replicas'] },
  async ({ stack, load, deploy, expect }) => {
    needsReplicas(stack.stable('orders'), 3);
    await using traffic = await load.steady();
    await using rollout = await deploy('orders', { image: 'shop/orders:one-bad-place', strategy: innocentCanary() });
    const result = await rollout.ended();
    await traffic.stop();
    expect(result).toHaveBeenPromoted();
    expect(result.reason).toMatch(/^one sick replica \(.*orders-r\d+-\d\) was replaced: /);
    expect(traffic).toHaveLostOnlyOn(result);
  },
);
