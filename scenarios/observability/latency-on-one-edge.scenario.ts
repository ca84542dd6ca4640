import { latency, scenario } from '../../harness';

const SLOW_EDGE = 'payments → bank';
const LATENCY_MS = 200;

/** A load that leaves the processor idle for most of the time: on a busy one every edge is slow, whatever is injected. */
const LIGHT = { ratePerSecond: 30, weights: { checkout: 1 } };

/** Enough for some 42 sampled traces of a checkout, where 20 are needed. */
const TRACED = { errorRatioMax: 0.001, holdMs: 7_000 };

scenario('latency on one edge is seen on that edge only', async ({ stack, load, inject, traces, measure, expect }) => {
  await using traffic = await load.open(LIGHT);
  const calm = traces.open();
  await traffic.awaitSteady(TRACED);
  calm.close();
  await using slow = await inject(latency({ on: stack.edges.bank, delayMs: LATENCY_MS }));
  const disturbed = traces.open();
  await traffic.awaitSteady(TRACED);
  disturbed.close();
  await slow.revert();
  await traffic.stop();
  const growth = await traces.growth(calm, disturbed);
  measure(growth.of(SLOW_EDGE), { unit: 'ms', limit: LATENCY_MS + 10 });
  measure(growth.largestBeside(SLOW_EDGE), { unit: 'ms', limit: 10 });
  expect(growth.of(SLOW_EDGE)).toStayAbove({ limit: LATENCY_MS / 2, unit: 'ms' });
  expect(growth.shareOf(SLOW_EDGE)).toStayAbove({ limit: 0.5, unit: 'of 1' });
  expect(traffic).toHaveLostNoRequests();
});
