import { scenario } from '../../harness';
import { migrating } from './hooks';
import { MIGRATIONS } from './migrations';
import { STRATEGIES } from './strategies';

const CELLS = MIGRATIONS.flatMap(({ what, image, isSafe }, number) =>
  isSafe ? [] : Object.entries(STRATEGIES).map(([by, strategy]) => ({ number, what, image, by, strategy })),
);

for (const { number, what, image, by, strategy } of CELLS) {
  // One of them is enough by day.
  const when = number === 4 && by === 'blue-green' ? scenario : scenario.nightly;
  when(`a release that ${what} is refused before it has a user, by ${by}`, async ({ stack, load, deploy, expect }) => {
    await using traffic = await load.steady();
    const hooks = migrating(number, await stack.endpoint('postgres', 5432));
    await using rollout = await deploy('orders', { image, strategy: strategy(hooks) });
    const result = await rollout.ended();
    const { from, to } = result;
    expect(result).toHaveRolledBack({ because: `${from}, right before, answers wrongly since ${to} came` });
    expect(result.weightsReached).toEqual([]);
    // The schema is as it was: the old release is well again.
    await traffic.awaitSteady();
    await traffic.stop();
  });
}
