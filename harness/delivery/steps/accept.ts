import { z } from 'zod';
import { settled } from '../revisions/revision';
import { applyWeight, enter } from '../rollout';
import { defineStep } from './step';

/**
 * The point of no return: the new revision becomes stable, by its record alone. Nothing that was tested is copied or restarted. Its
 * rollout's mark stays until all is done.
 *
 * Whoever dies here leaves one revision that serves, and the next command keeps that one. Up to the end of the lease the guardian gives
 * everything back, and the record says the same. From then on the new revision serves: that this step was begun, and that nobody gave
 * anything back, says so until the journal and the record do.
 */
export const accept = defineStep({
  kind: 'accept',
  options: z.strictObject({}),
  describe: () => 'make the new revision stable',
  nature: 'commits',
  run: async (rollout) => {
    const { ports, service, from, to, control } = rollout;
    // A front that a guardian has taken over refuses it.
    await applyWeight(rollout, 100);
    await ports.endLease(service);
    control.signal.throwIfAborted();
    enter(rollout, 'Retiring');
    ports.revisions.put({ ...to, status: 'stable' }, settled(from, 'retired'));
  },
});
