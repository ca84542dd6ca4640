import { z } from 'zod';
import { enter } from '../rollout';
import { watch } from '../watch';
import { defineStep } from './step';

/**
 * Waits until the whole release is as far as this rollout, which has all traffic on its new revision: the old one stays warm, its share is
 * leased, and everything can still go back at once. The new revision is not judged meanwhile, since what it calls is under release itself; one
 * that dies is given up. Nobody promotes past it.
 */
export const join = defineStep({
  kind: 'join',
  options: z.strictObject({}),
  describe: () => 'wait for the rest of the release, with the old revision kept warm',
  nature: 'watches',
  run: async (rollout) => {
    const { gate, traffic, deadlineAtMs } = rollout;
    if (gate === undefined) return;
    enter(rollout, 'Holding', { deadlineAtMs, reason: 'until the whole release is through, not judged' });
    traffic.listen(undefined);
    gate.arrive();
    await watch(rollout, async () => gate.isOpen, { isAskedFor: true, isForAll: true });
  },
});
