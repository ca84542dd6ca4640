import { scenario } from '../../harness';

const SLOW_EDGE = 'payments → bank';

scenario('latency on one edge is seen on that edge only', async ({ load, faults, traces, expect }) => {
  await using traffic = await load.open();
  // Services that have just booted are slow by themselves: that must not count as calm.
  await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 10_000 });
  const calm = traces.open();
  await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 5_000 });
  calm.close();
  await using slow = await faults.latency({ from: 'payments', to: 'bank', delayMs: 200 });
  const disturbed = traces.open();
  await traffic.awaitSteady({ errorRatioMax: 0.001, holdMs: 5_000 });
  disturbed.close();
  await slow.revert();
  await traffic.stop();
  const growth = await traces.growth(calm, disturbed);
  expect(growth.of(SLOW_EDGE)).toBeAbout({ target: 200, tolerance: 10, unit: 'ms' });
  expect(growth.largestBeside(SLOW_EDGE)).toStayBelow({ limit: 10, unit: 'ms' });
  expect(traffic).toHaveLostNoRequests();
});
