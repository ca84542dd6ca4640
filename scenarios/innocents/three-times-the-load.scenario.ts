import { scenario } from '../../harness';
import { nextGoodImage } from '../releases';
import { innocentCanary } from './release';

scenario.nightly('three times the load during a rollout is nobody’s rollback', async (context) => {
  const { stack, load, deploy, expect } = context;
  await using traffic = await load.steady({ ratePerSecond: 50 });
  await using rollout = await deploy('orders', {
    image: nextGoodImage(stack.stable('orders').image),
    strategy: innocentCanary(),
  });
  await rollout.reached({ weight: 20 });
  await using more = await load.open({ ratePerSecond: 100 });
  rollout.resume();
  const result = await rollout.ended();
  await more.stop();
  await traffic.stop();
  expect(result).toHaveBeenPromoted();
  expect(traffic).toHaveLostNoRequests();
  expect(more).toHaveLostNoRequests();
});
