import { crash, scenario } from '../../harness';

scenario('HighErrorRate fires when a dependency stays down, and resolves', async ({ load, inject, alerts, expect }) => {
  await using _traffic = await load.steady();
  await using outage = await inject(crash({ of: 'payments', keepDown: true }));
  await alerts.awaitState('HighErrorRate', 'notified');
  await outage.revert();
  await alerts.awaitState('HighErrorRate', 'resolved');
  const alert = alerts.story('HighErrorRate');
  expect(alert).toHaveFired();
  expect(alert).toBeActionable();
  expect(alert).toHaveResolved();
});
