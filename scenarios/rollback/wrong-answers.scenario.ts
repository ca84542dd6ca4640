import { scenario } from '../../harness';
import { BRIEF_CANARY } from '../releases';

scenario('an N+1 that answers 200 with nothing in it is rolled back', async ({ load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: 'shop/orders:wrong-answers',
    strategy: BRIEF_CANARY,
  });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveRolledBack({ because: 'answered wrongly: no order id' });
  expect(traffic).toHaveLostOnlyOn(result);
});
