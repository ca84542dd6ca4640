import { z } from 'zod';
import { HarnessError, isHarnessError } from '../../core/errors';
import { lackOf, replicasNow } from '../replicas';
import { replicasOf } from '../revision';
import { enter, type RunningRollout } from '../rollout';
import { takeOut } from '../take-out';
import { until } from '../until';
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

/** How long the front's checks have to see which replicas are up, ms: twice their slowest interval, and more. */
const CHECKED_MS = 3_000;

/** The front checks only what was admitted; its weight of 0 keeps traffic off it meanwhile. */
async function checkedOnce({ ports, to }: RunningRollout): Promise<void> {
  const condition = `all replicas of ${to.label} pass the front's checks`;
  await ports.admit(to).catch(() => undefined);
  await until(ports.clock, { condition, timeoutMs: CHECKED_MS }, async () => {
    return (await ports.readyReplicas(to)) === replicasOf(to);
  }).catch(() => undefined);
}

/** A revision of several replicas that does not come up says how many did. */
async function withReplicas(rollout: RunningRollout, error: unknown): Promise<unknown> {
  if (replicasOf(rollout.to) === 1 || !isHarnessError(error)) return error;
  await checkedOnce(rollout);
  const lack = await replicasNow(rollout).then(lackOf, () => undefined);
  if (lack === undefined) return error;
  const { code, facts, hint } = error;
  const told = { message: `${lack}: ${error.message}`, facts, cause: error };
  return new HarnessError(code, hint === undefined ? told : { ...told, hint });
}
