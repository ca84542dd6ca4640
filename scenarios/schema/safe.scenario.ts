import { canary, scenario } from '../../harness';
import { migrating } from './hooks';
import { MIGRATIONS } from './migrations';
import { awaitOrders, query, unreadOf } from './orders';
import { BRIEF, STRATEGIES } from './strategies';

const CELLS = MIGRATIONS.flatMap(({ what, image, isSafe }, number) =>
  isSafe ? Object.entries(STRATEGIES).map(([by, strategy]) => ({ number, what, image, by, strategy })) : [],
);

scenario.nightly.each(CELLS)(
  'a release that $what loses nothing, by $by, nor does the way back',
  async ({ stack, load, deploy, reconcile, expect }, { number, image, strategy }) => {
    const before = stack.stable('orders').image;
    const { beforeStart, afterRollback: down } = migrating(number, await stack.endpoint('postgres', 5432));
    await using traffic = await load.steady();
    await using rollout = await deploy('orders', { image, strategy: strategy({ beforeStart, afterRollback: down }) });
    const result = await rollout.ended();
    // The old release by the new schema, which is taken back only when nobody needs it any more.
    await using back = await deploy('orders', {
      image: before,
      strategy: strategy({ afterPromotion: down, skew: false }),
    });
    const returned = await back.ended();
    await traffic.stop();
    expect(result).toHaveBeenPromoted();
    expect(returned).toHaveBeenPromoted();
    expect(returned.reason).toBeUndefined();
    expect(traffic).toHaveLostNoRequests();
    expect(await reconcile()).toReconcile();
  },
);

/** Orders that the new release must have written before it is taken back. */
const ROWS = 10_000;

scenario.nightly(
  'every order that N+1 wrote is read by N once it has been taken back',
  { timeoutMs: 900_000 },
  async ({ stack, load, deploy, reconcile, expect, fact }) => {
    const database = await stack.endpoint('postgres', 5432);
    const { beforeStart } = migrating(0, database);
    await using traffic = await load.steady({ ratePerSecond: 60, weights: { checkout: 1 } });
    const strategy = canary({ ...BRIEF, steps: [99], holdMs: 600_000, beforeStart });
    await using rollout = await deploy('orders', { image: 'shop/orders:writes-channel', strategy });
    await rollout.reached({ weight: 99 });
    await awaitOrders(database, ROWS, 500_000);
    await rollout.abort('it has written enough');
    const result = await rollout.ended();
    await traffic.stop();
    const written = await query(database, "select id from orders where channel = 'web'");
    const unread = await unreadOf(await stack.endpoint('gateway', 8080), written);
    await query(database, MIGRATIONS[0]?.down[0] ?? '');
    fact('ordersReadByN', { read: written.length - unread.length, unread: unread.length });
    expect(result.outcome).toBe('aborted');
    expect(written.length).toBeGreaterThanOrEqual(ROWS);
    expect(unread).toEqual([]);
    expect(traffic).toHaveLostNoRequests();
    expect(await reconcile()).toReconcile();
  },
);
