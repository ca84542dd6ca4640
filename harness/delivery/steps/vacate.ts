import { z } from 'zod';
import { baselineOf } from '../judge/listening';
import { enter } from '../rollout';
import { switchBack } from '../switch-back';
import { clearOut } from '../take-out';
import { defineStep } from './step';

/**
 * Stops stable before the new revision starts, for what must never run twice. From here until the new one has its traffic nobody is served:
 * how long that was, and how many requests it cost, is measured. What stable has done so far is frozen as the baseline. If this process
 * dies, the guardian stops the new revision and starts stable again.
 */
export const vacate = defineStep({
  kind: 'vacate',
  options: z.strictObject({}),
  describe: () => 'stop the old revision',
  takesTurns: true,
  undoesFirst: true,
  run: async (rollout) => {
    const { ports, from, to, deadlineAtMs } = rollout;
    rollout.baseline = await baselineOf(rollout);
    enter(rollout, 'Stopping', { deadlineAtMs });
    await ports.lease(to, { takesTurns: true });
    rollout.fromUsable = false;
    await clearOut(rollout, from);
    rollout.isFromStopped = true;
  },
  undo: switchBack,
});
