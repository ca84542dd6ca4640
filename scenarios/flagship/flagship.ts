import { scenario, type Rollout } from '../../harness';
import { BRIEF_CANARY, nextGoodImage } from '../releases';

const SLOW_EDGE = 'payments → bank';
const LATENCY_MS = 200;

/**
 * What a bad release may cost: a fifth of the traffic through `orders` for the 5 s that a rollback may take, a fifth of which fails, is 24
 * requests; chance may double it.
 */
const LOST_MAX = 50;

const CALM = { errorRatioMax: 0.001, holdMs: 5_000, timeoutMs: 60_000 };

/** Enough for some 50 sampled traces of a checkout, where 20 are needed. */
const TRACED = { ...CALM, holdMs: 8_000 };

scenario('Steady state: the stack answers before anything happens to it', async ({ load, expect }) => {
  await using traffic = await load.open();
  // Long enough for services that have just booted to be as fast as they get.
  await traffic.awaitSteady({ ...CALM, holdMs: 10_000 });
  await traffic.stop();
  expect(traffic).toHaveLostNoRequests();
});

scenario(
  'Act 1: a good release loses nothing while a dependency is slow',
  async ({ stack, load, faults, deploy, traces, expect }) => {
    await using traffic = await load.open();
    const calm = traces.open();
    await traffic.awaitSteady(TRACED);
    calm.close();

    await using slow = await faults.latency({ from: 'payments', to: 'bank', delayMs: LATENCY_MS });
    const disturbed = traces.open();
    await traffic.awaitSteady(TRACED);
    // A replica that boots takes the processor from the others: what it adds is not the fault's.
    disturbed.close();
    const rollout = await deploy('orders', {
      image: nextGoodImage(stack.stable('orders').image),
      strategy: BRIEF_CANARY,
    });
    await slow.revert();
    await traffic.stop();

    expect(rollout).toHaveBeenPromoted();
    expect(traffic).toHaveLostNoRequests();
    expect(requestsThrough(rollout)).toStayAbove({ limit: 100, unit: 'requests/s' });
    const growth = await traces.growth(calm, disturbed);
    expect(growth.of(SLOW_EDGE)).toBeAbout({ target: LATENCY_MS, tolerance: 10, unit: 'ms' });
    expect(growth.largestBeside(SLOW_EDGE)).toStayBelow({ limit: 10, unit: 'ms' });
  },
);

scenario(
  'Act 2: a bad release is rolled back by itself, and wakes nobody',
  async ({ load, deploy, alerts, expect }) => {
    await using traffic = await load.open();
    await traffic.awaitSteady(CALM);

    const rollout = await deploy('orders', { image: 'shop/orders:errors', strategy: BRIEF_CANARY });
    await traffic.awaitSteady(CALM);
    await traffic.stop();

    expect(rollout).toHaveRolledBack({ because: 'more errors than stable' });
    expect(rollout).toHaveRoutedNothingToCandidateAfterTheSwitch();
    expect(traffic).toHaveLostOnlyOn(rollout);
    expect(traffic).toHaveLostAtMost(LOST_MAX);
    expect(await alerts.evidence('HighErrorRate')).toHaveStayedSilent();
  },
);

scenario('Act 3: a dead dependency raises an alert that clears when it is back', async (context) => {
  const { load, faults, alerts, reconcile, expect } = context;
  await using traffic = await load.open();
  await traffic.awaitSteady(CALM);

  await using crash = await faults.crash({ service: 'payments', keepDown: true });
  await alerts.awaitState('HighErrorRate', 'notified');
  await crash.revert();
  await alerts.awaitState('HighErrorRate', 'resolved');
  await traffic.awaitSteady(CALM);
  await traffic.stop();

  const alert = alerts.story('HighErrorRate');
  expect(alert).toHaveFired();
  expect(alert).toBeActionable();
  expect(alert).toHaveResolved();
  expect(await reconcile()).toReconcile();
});

/** What the front of the service that was rolled out saw a second. */
function requestsThrough({ service, samples, startedAtMs, endedAtMs }: Rollout) {
  const requests = samples.from.requests + samples.to.requests;
  const seconds = (endedAtMs - startedAtMs) / 1_000;
  return { name: `requests a second through ${service}`, value: requests / seconds, samples: requests };
}
