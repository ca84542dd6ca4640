import { z } from 'zod';
import { enter } from '../rollout';
import { takeOut } from '../take-out';
import { defineStep } from './step';

/** Creates and starts every replica of the new revision, and waits until its own health check passes. */
export const start = defineStep({
  kind: 'start',
  options: z.strictObject({}),
  describe: () => 'start the new revision',
  run: async (rollout) => {
    const { ports, to, strategy, control } = rollout;
    const timeoutMs = strategy.settings.readyTimeoutMs;
    enter(rollout, 'Starting', { deadlineAtMs: ports.clock.now() + timeoutMs });
    await ports.start(to, { timeoutMs, signal: control.signal });
  },
  undo: (rollout) => takeOut(rollout, rollout.to),
});
