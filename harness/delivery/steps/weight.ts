import { z } from 'zod';
import { baselineOf } from '../judge/listening';
import { applyWeight, enter } from '../rollout';
import { switchBack } from '../switch-back';
import { requireWhole } from '../revisions/require-whole';
import { defineStep } from './step';

/** Puts a share of the traffic on the new revision, percent. Before the last of it goes, what stable has done is frozen as the baseline. */
export const weight = defineStep({
  kind: 'weight',
  options: z.strictObject({ percent: z.int().min(1).max(100) }),
  describe: ({ percent }) => `${percent} % of the traffic`,
  undoesFirst: true,
  run: async (rollout, { percent }) => {
    const { deadlineAtMs, milestones, traffic } = rollout;
    await requireWhole(rollout, `for ${percent} % of the traffic`);
    if (percent === 100) rollout.baseline ??= await baselineOf(rollout);
    enter(rollout, 'Shifting', { deadlineAtMs, reason: `to ${percent} %` });
    await applyWeight(rollout, percent);
    rollout.weightsReached.push(percent);
    if (percent < 100) traffic.measureStable();
    else enter(rollout, 'Promoted', { deadlineAtMs });
    milestones.passWeight(percent);
  },
  undo: switchBack,
});
