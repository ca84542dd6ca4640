import { scenario } from '../../harness';
import { BRIEF_CANARY, STEADY } from '../releases';

scenario('an N+1 that fails one request in five is rolled back', async ({ load, deploy, expect }) => {
  await using traffic = await load.open();
  await traffic.awaitSteady(STEADY);
  const rollout = await deploy('orders', {
    image: 'shop/orders:errors',
    strategy: BRIEF_CANARY,
  });
  await traffic.stop();
  expect(rollout).toHaveRolledBack({ because: 'more errors than stable' });
  expect(rollout).toHaveRoutedNothingToCandidateAfterTheSwitch();
  expect(traffic).toHaveLostOnlyOn(rollout);
});
