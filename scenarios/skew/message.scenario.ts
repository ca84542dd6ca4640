import { scenario } from '../../harness';
import { BRIEF_CANARY, BRIEF_CONSUMERS, ORDERS_ONLY } from '../releases';
import { query } from '../schema/orders';

const MENDED = `update messages set body = '{"letter": "order-confirmed"}', state = 'waiting', attempts = 0, due_at = now()
                where body ? 'letters'`;

scenario.nightly(
  'an N+1 of orders whose messages the mailer cannot read is refused before it has a user',
  async ({ stack, load, deploy, reconcile, expect }) => {
    await using traffic = await load.steady();
    await using rollout = await deploy('orders', { image: 'shop/orders:message-format', strategy: BRIEF_CANARY });
    const result = await rollout.ended();
    await traffic.stop();
    // What was tried is orders that somebody made: their messages are mended, and get their letters.
    await query(await stack.endpoint('postgres', 5432), MENDED);
    const { from, to } = result;
    const because = `skew "message": ${to} answers wrongly where ${from} does not: letter: its message is waiting`;
    expect(result).toHaveRolledBack({ because });
    expect(result.weightsReached).toEqual([]);
    expect(traffic).toHaveLostNoRequests();
    expect(await reconcile()).toReconcile();
  },
);

scenario.nightly(
  'an N+1 of the mailer that cannot read what orders left is rolled back, and no message is lost',
  async ({ load, deploy, reconcile, expect }) => {
    await using traffic = await load.steady(ORDERS_ONLY);
    await using rollout = await deploy('mailer', { image: 'shop/mailer:message-format', strategy: BRIEF_CONSUMERS });
    const result = await rollout.ended();
    await traffic.stop();
    expect(result).toHaveRolledBack({ because: 'more errors than stable' });
    expect(result.wrongAnswers?.[0]?.reason).toBe('this release cannot read such a message');
    expect(traffic).toHaveLostNoRequests();
    expect(await reconcile()).toReconcile();
  },
);

scenario.nightly('a twin of orders leaves messages that the mailer reads', async ({ load, deploy, expect }) => {
  await using traffic = await load.steady();
  await using rollout = await deploy('orders', { image: 'shop/orders:next', strategy: BRIEF_CANARY });
  const result = await rollout.ended();
  await traffic.stop();
  expect(result).toHaveBeenPromoted();
  expect(result.reason).toBeUndefined();
  expect(traffic).toHaveLostNoRequests();
});
