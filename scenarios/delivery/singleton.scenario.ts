import { scenario } from '../../harness';
import { BRIEF_TURN, nextGoodImage, ORDERS_ONLY } from '../releases';

scenario.nightly(
  'a good N+1 of a singleton takes over, and nobody writes under a token that was overtaken',
  async ({ stack, load, deploy, reconcile, expect }) => {
    await using traffic = await load.steady(ORDERS_ONLY);
    const image = nextGoodImage(stack.stable('bookkeeper').image);
    await using rollout = await deploy('bookkeeper', { image, strategy: BRIEF_TURN });
    const result = await rollout.ended();
    await traffic.stop();
    expect(result).toHaveBeenPromoted();
    expect(traffic).toHaveLostNoRequests();
    expect(await reconcile()).toReconcile();
  },
);
