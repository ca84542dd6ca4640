import { scenario } from '../../harness';

const SLOW_EDGE = 'payments → bank';

/** A load that leaves the processor idle for most of the time: on a busy one every edge is slow, whatever is injected. */
const LIGHT = { ratePerSecond: 40, weights: { checkout: 1, look: 1 } };

/** Enough for some 40 sampled traces of a checkout, where 20 are needed. */
const TRACED = { errorRatioMax: 0.001, holdMs: 10_000 };

scenario('latency on one edge is seen on that edge only', async ({ load, faults, traces, expect }) => {
  await using traffic = await load.open(LIGHT);
  const calm = traces.open();
  await traffic.awaitSteady(TRACED);
  calm.close();
  await using slow = await faults.latency({ from: 'payments', to: 'bank', delayMs: 200 });
  const disturbed = traces.open();
  await traffic.awaitSteady(TRACED);
  disturbed.close();
  await slow.revert();
  await traffic.stop();
  const growth = await traces.growth(calm, disturbed);
  expect(growth.of(SLOW_EDGE)).toBeAbout({ target: 200, tolerance: 10, unit: 'ms' });
  expect(growth.largestBeside(SLOW_EDGE)).toStayBelow({ limit: 10, unit: 'ms' });
  expect(traffic).toHaveLostNoRequests();
});
