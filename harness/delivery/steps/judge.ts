import { z } from 'zod';
import { analyze } from '../judge/analysis';
import { enter } from '../rollout';
import { defineStep } from './step';

/** Compares the new revision with stable, over the same seconds, until it may be promoted. At least for `minStepMs`. */
export const judge = defineStep({
  kind: 'judge',
  options: z.strictObject({}),
  describe: () => 'judge it against stable',
  takes: ({ minStepMs, inconclusiveMs }) => ({ atLeastMs: minStepMs, atMostMs: inconclusiveMs }),
  nature: 'watches',
  isJudged: true,
  run: async (rollout) => {
    enter(rollout, 'Analyzing', { deadlineAtMs: rollout.deadlineAtMs });
    await analyze(rollout, rollout.strategy.settings.minStepMs);
  },
});
