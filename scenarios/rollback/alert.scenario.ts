import { canary, scenario } from '../../harness';

/** Held at half of the traffic, without a judge: one request in ten fails, which is twice what the alert allows. */
scenario.nightly(
  'an alert that fires takes an N+1 back that nobody judges',
  async ({ load, deploy, alerts, expect }) => {
    await using traffic = await load.steady();
    await using rollout = await deploy('orders', {
      image: 'shop/orders:errors',
      strategy: canary({
        ...{ steps: [50], holdMs: 6 * alerts.forMs('HighErrorRate'), minReadyMs: 1_000 },
        abortOn: ['HighErrorRate'],
      }),
    });
    const result = await rollout.ended();
    await traffic.stop();
    // Prometheus is asked for what fires; the pager hears of it later.
    await alerts.awaitState('HighErrorRate', 'notified');
    expect(result).toHaveRolledBack({ because: 'the alert HighErrorRate fired' });
    expect(result).toHaveRoutedNothingToCandidateAfterTheSwitch();
    expect(traffic).toHaveLostOnlyOn(result);
    expect(alerts.story('HighErrorRate')).toHaveFired();
  },
);
