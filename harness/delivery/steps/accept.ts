import { z } from 'zod';
import { settled } from '../revision';
import { applyWeight, enter } from '../rollout';
import { defineStep } from './step';

/**
 * The point of no return: the new revision becomes stable, by its record alone. Nothing that was tested is copied or restarted. Its
 * rollout's mark stays until all is done.
 */
export const accept = defineStep({
  kind: 'accept',
  options: z.strictObject({}),
  describe: () => 'make the new revision stable',
  nature: 'commits',
  run: async (rollout) => {
    const { ports, from, to } = rollout;
    enter(rollout, 'Retiring');
    ports.revisions.put({ ...to, status: 'stable' }, settled(from, 'retired'));
    await applyWeight(rollout, 100);
  },
});
