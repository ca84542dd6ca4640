import { scenario } from '../../harness';
import { BRIEF_CANARY } from '../releases';

scenario('an N+1 that fails one request in five is rolled back', async ({ load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: 'shop/orders:errors',
    strategy: BRIEF_CANARY,
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveRolledBack({ because: 'more errors than stable' });
  expect(result).toHaveRoutedNothingToCandidateAfterTheSwitch();
  expect(traffic).toHaveLostOnlyOn(result);
});
