import { crash, latency, scenario, type RolloutResult } from '../../harness';
import { BRIEF_CANARY, nextGoodImage } from '../releases';

const SLOW_EDGE = 'payments → bank';
const LATENCY_MS = 200;

/**
 * What a bad release may cost. The judge decides by counts: some ten failed requests show it what fails one in five. Ten times that is
 * allowed, so that what a busy machine adds before the traffic is back turns nothing red.
 */
const LOST_MAX = 100;

const CALM = { holdMs: 5_000 };

/** Enough for some 50 sampled traces of a checkout, where 20 are needed. */
const TRACED = { holdMs: 8_000 };

scenario('Steady state: the stack answers before anything happens to it', async ({ load, expect }) => {
  // Long enough for services that have just booted to be as fast as they get.
  await using traffic = await load.steady({ holdMs: 10_000 });
  await traffic.stop();
  expect(traffic).toHaveLostNoRequests();
});

scenario(
  'Act 1: a good release loses nothing while a dependency is slow',
  async ({ stack, load, inject, deploy, traces, measure, expect }) => {
    await using traffic = await load.open();
    const calm = traces.open();
    await traffic.awaitSteady(TRACED);
    calm.close();

    await using slow = await inject(latency({ on: stack.edges.bank, delayMs: LATENCY_MS }));
    const disturbed = traces.open();
    await traffic.awaitSteady(TRACED);
    // A replica that boots takes the processor from the others: what it adds is not the fault's.
    disturbed.close();
    await using rollout = await deploy('orders', {
      image: nextGoodImage(stack.stable('orders').image),
      strategy: BRIEF_CANARY,
    });
    const result = await rollout.ended();
    await slow.revert();
    await traffic.stop();

    expect(result).toHaveBeenPromoted();
    expect(traffic).toHaveLostNoRequests();
    measure(rateThrough(result), { unit: 'requests/s' });
    expect(requestsThrough(result)).toStayAbove({ limit: 500, unit: 'requests' });
    const growth = await traces.growth(calm, disturbed);
    measure(growth.of(SLOW_EDGE), { unit: 'ms', limit: LATENCY_MS + 10 });
    measure(growth.largestBeside(SLOW_EDGE), { unit: 'ms', limit: 10 });
    expect(growth.of(SLOW_EDGE)).toStayAbove({ limit: LATENCY_MS / 2, unit: 'ms' });
    expect(growth.shareOf(SLOW_EDGE)).toStayAbove({ limit: 0.5, unit: 'of 1' });
  },
);

scenario(
  'Act 2: a bad release is rolled back by itself, and wakes nobody',
  async ({ load, deploy, alerts, expect }) => {
    await using traffic = await load.steady(CALM);

    await using rollout = await deploy('orders', { image: 'shop/orders:errors', strategy: BRIEF_CANARY });
    const result = await rollout.ended();
    await traffic.awaitSteady(CALM);
    await traffic.stop();

    expect(result).toHaveRolledBack({ because: 'more errors than stable' });
    expect(result).toHaveRoutedNothingToCandidateAfterTheSwitch();
    expect(traffic).toHaveLostOnlyOn(result);
    expect(traffic).toHaveLostAtMost(LOST_MAX);
    expect(await alerts.evidence('HighErrorRate')).toHaveStayedSilent();
  },
);

scenario('Act 3: a dead dependency raises an alert that clears when it is back', async (context) => {
  const { load, inject, alerts, reconcile, expect } = context;
  await using traffic = await load.steady(CALM);

  await using outage = await inject(crash({ of: 'payments', keepDown: true }));
  await alerts.awaitState('HighErrorRate', 'notified');
  await outage.revert();
  await alerts.awaitState('HighErrorRate', 'resolved');
  await traffic.awaitSteady(CALM);
  await traffic.stop();

  const alert = alerts.story('HighErrorRate');
  expect(alert).toHaveFired();
  expect(alert).toBeActionable();
  expect(alert).toHaveResolved();
  expect(await reconcile()).toReconcile();
});

/** What the front of the service that was rolled out saw. */
function requestsThrough({ service, samples }: RolloutResult) {
  const requests = samples.from.requests + samples.to.requests;
  return { name: `requests through ${service} while it was rolled out`, value: requests, samples: requests };
}

function rateThrough(rollout: RolloutResult) {
  const { value, samples } = requestsThrough(rollout);
  const seconds = (rollout.endedAtMs - rollout.startedAtMs) / 1_000;
  return { name: `requests a second through ${rollout.service}`, value: value / seconds, samples };
}
