import { scenario } from '../../harness';
import { BRIEF_CONSUMERS, ORDERS_ONLY } from '../releases';

scenario(
  'an N+1 of a worker that fails one message in five is rolled back, and no message is lost',
  async (context) => {
    const { load, deploy, reconcile, expect } = context;
    await using traffic = await load.steady(ORDERS_ONLY);
    await using rollout = await deploy('mailer', { image: 'shop/mailer:errors', strategy: BRIEF_CONSUMERS });
    const result = await rollout.ended();
    await traffic.stop();
    expect(result).toHaveRolledBack({ because: 'more errors than stable' });
    expect(result).toHaveRoutedNothingToCandidateAfterTheSwitch();
    expect(traffic).toHaveLostNoRequests();
    expect(await reconcile()).toReconcile();
  },
);
