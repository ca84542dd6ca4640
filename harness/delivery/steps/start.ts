import { z } from 'zod';
import { HarnessError, isHarnessError } from '../../core/errors';
import { crashLoop, untilLost } from '../guards/exits';
import { lackOf, replicasNow } from '../revisions/replicas';
import { replicasOf } from '../revisions/revision';
import { enter, type RunningRollout } from '../rollout';
import { takeOut } from '../take-out';
import { until } from '../until';
import { defineStep } from './step';

/** Creates and starts every replica of the new revision, and waits until its own health check passes. */
export const start = defineStep({
  kind: 'start',
  options: z.strictObject({}),
  describe: () => 'start the new revision',
  takes: ({ readyTimeoutMs }) => ({ atLeastMs: 0, atMostMs: readyTimeoutMs }),
  run: (rollout) => startReplicas(rollout),
  undo: (rollout) => takeOut(rollout, rollout.to),
});

/** As the step does, for the replicas that are asked for now. */
export async function startReplicas(rollout: RunningRollout): Promise<void> {
  const { ports, to, strategy, asked } = rollout;
  const timeoutMs = strategy.settings.readyTimeoutMs;
  const some = asked === undefined ? {} : { replicas: asked };
  const told = asked === undefined ? {} : { reason: `${asked} of ${replicasOf(to)} replicas` };
  enter(rollout, 'Starting', { deadlineAtMs: ports.clock.now() + timeoutMs, ...told });
  using looping = untilLost(rollout, crashLoop);
  try {
    await ports.start(to, { timeoutMs, signal: looping.signal, ...some });
  } catch (error) {
    throw await withReplicas(rollout, error);
  }
}

/** How long the front's checks have to see which replicas are up, ms: twice their slowest interval, and more. */
const CHECKED_MS = 3_000;

/** The front checks only what was admitted; its weight of 0 keeps traffic off it meanwhile. */
async function checkedOnce(rollout: RunningRollout): Promise<void> {
  const { ports, to } = rollout;
  const condition = `all replicas of ${to.label} pass the front's checks`;
  await ports.admit(to).catch(() => undefined);
  await until(ports.clock, { condition, timeoutMs: CHECKED_MS }, async () => {
    return lackOf(await replicasNow(rollout)) === undefined;
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
