import { z } from 'zod';
import { HarnessError, isHarnessError } from '../../core/errors';
import { lackOf, replicasNow } from '../replicas';
import { replicasOf } from '../revision';
import { enter, type RunningRollout } from '../rollout';
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
    try {
      await ports.start(to, { timeoutMs, signal: control.signal });
    } catch (error) {
      throw await withReplicas(rollout, error);
    }
  },
  undo: (rollout) => takeOut(rollout, rollout.to),
});

/** A revision of several replicas that does not come up says how many did. */
async function withReplicas(rollout: RunningRollout, error: unknown): Promise<unknown> {
  if (replicasOf(rollout.to) === 1 || !isHarnessError(error)) return error;
  const lack = await replicasNow(rollout).then(lackOf, () => undefined);
  if (lack === undefined) return error;
  const { code, facts, hint } = error;
  const told = { message: `${lack}: ${error.message}`, facts, cause: error };
  return new HarnessError(code, hint === undefined ? told : { ...told, hint });
}
