import { crash, scenario } from '../../harness';
import { nextGoodImage } from '../releases';
import { innocentCanary } from './release';

/** Nobody can say whether its alert fires: it stays where it is, and goes back as inconclusive. */
scenario.nightly('a Prometheus outage holds a rollout, and then ends it, and says so', async (context) => {
  const { stack, load, deploy, inject, expect } = context;
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', {
    image: nextGoodImage(stack.stable('orders').image),
    strategy: innocentCanary({ abortOn: ['HighErrorRate'], inconclusiveMs: 15_000 }),
  });
  await rollout.reached({ weight: 20 });
  await using outage = await inject(crash({ of: 'prometheus', keepDown: true }));
  rollout.resume();
  const result = await rollout.ended();
  await outage.revert();
  await traffic.stop();
  expect([result.outcome, result.cause]).toEqual(['rolled-back', 'alert-not-watched']);
  expect(result).toHaveRoutedNothingToCandidateAfterTheSwitch();
  expect(traffic).toHaveLostNoRequests();
});
