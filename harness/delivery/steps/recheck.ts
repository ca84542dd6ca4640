import { z } from 'zod';
import { analyze } from '../judge/analysis';
import { enter } from '../rollout';
import { defineStep } from './step';

/**
 * The bake of what was stable before: with all traffic on it, sees for `forMs` that it is not worse than what it replaces, which stays warm.
 * It needs no evidence that it is good, as after `bake`: little traffic, or none, keeps nobody from going back.
 */
export const recheck = defineStep({
  kind: 'recheck',
  options: z.strictObject({ forMs: z.number().nonnegative() }),
  describe: ({ forMs }) => `see for ${forMs / 1_000} s that it is not worse, with the other one kept warm`,
  takes: ({ inconclusiveMs }, { forMs }) => ({ atLeastMs: forMs, atMostMs: Math.max(forMs, inconclusiveMs) }),
  nature: 'watches',
  isJudged: true,
  run: async (rollout, { forMs }) => {
    enter(rollout, 'Baking', {
      deadlineAtMs: rollout.deadlineAtMs,
      reason: `for ${forMs / 1_000} s: it was stable before`,
    });
    await analyze(rollout, forMs, { isTrusted: true });
  },
});
