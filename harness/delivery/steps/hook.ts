import { z } from 'zod';
import { hook as hookSchema, hookMoment, hookName, hookText } from '../../contract/hooks';
import { runHook } from '../hooks/hooks';
import { defineStep } from './step';

/**
 * A command or an HTTP call of the user's. Before something it has to pass, and the rollout is watched meanwhile; after something it only is
 * told when it does not. One for after a rollback does its work when the step is undone. Whoever ends the rollout of a dead controller may
 * run the later ones once more.
 * @throws HarnessError `hook-failed`
 */
export const hook = defineStep({
  kind: 'hook',
  options: z.strictObject({ when: hookMoment, run: hookSchema }),
  describe: ({ when, run }) => `${hookName(when)}: ${hookText(run)}`,
  takes: (_settings, { when, run }) =>
    when === 'after-rollback' ? { atLeastMs: 0 } : { atLeastMs: 0, atMostMs: run.timeoutMs },
  run: async (rollout, { when, run }) => {
    if (when !== 'after-rollback') await runHook(rollout, when, run);
  },
  undo: async (rollout, { when, run }) => {
    if (when === 'after-rollback') await runHook(rollout, when, run);
  },
});
