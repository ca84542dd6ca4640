import { z } from 'zod';
import { takeOut } from '../take-out';
import { defineStep } from './step';

/** Drains, stops and keeps the old revision. What fails is told, and harms nothing: it has no traffic any more. */
export const retire = defineStep({
  kind: 'retire',
  options: z.strictObject({}),
  describe: () => 'stop the old revision and keep it',
  run: (rollout) => takeOut(rollout, rollout.from),
});
