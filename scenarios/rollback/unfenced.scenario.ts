import { scenario } from '../../harness';
import { BRIEF_TURN, ORDERS_ONLY } from '../releases';
import { query } from '../schema/orders';

scenario.nightly(
  'an N+1 of a singleton that runs twice and looks at no token is found, and rolled back',
  async ({ stack, load, deploy, reconcile, fact, expect }) => {
    await using traffic = await load.steady(ORDERS_ONLY);
    await using rollout = await deploy('bookkeeper', { image: 'shop/bookkeeper:unfenced', strategy: BRIEF_TURN });
    const result = await rollout.ended();
    await traffic.stop();
    expect(result).toHaveRolledBack({ because: 'more errors than stable' });
    expect(traffic).toHaveLostNoRequests();
    const { staleEffects = {}, ...others } = await reconcile();
    const stale = staleEffects['pages'] ?? [];
    // Of no later scenario's doing.
    await query(await stack.endpoint('postgres', 5432), 'delete from pages');
    fact('pagesUnderAnOvertakenToken', stale.length);
    expect(stale.length).toBeGreaterThan(0);
    expect(others).toMatchObject({ missing: [], doubled: [], missingEffects: { letters: [] } });
  },
);
