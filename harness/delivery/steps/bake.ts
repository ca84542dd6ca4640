import { z } from 'zod';
import { analyze } from '../judge/analysis';
import { enter } from '../rollout';
import { defineStep } from './step';

/**
 * With all traffic on the new revision: compares it with what stable did before, for at least `bakeMs`. Stable stays warm meanwhile: where
 * the new revision looks worse it is compared with stable over the same seconds, and stable takes everything back at once when the judge
 * says so.
 */
export const bake = defineStep({
  kind: 'bake',
  options: z.strictObject({}),
  describe: () => 'bake, with stable kept warm',
  takes: ({ bakeMs, inconclusiveMs }) => ({ atLeastMs: bakeMs, atMostMs: Math.max(bakeMs, inconclusiveMs) }),
  nature: 'watches',
  isJudged: true,
  run: async (rollout) => {
    enter(rollout, 'Baking', { deadlineAtMs: rollout.deadlineAtMs });
    await analyze(rollout, rollout.strategy.settings.bakeMs);
  },
});
