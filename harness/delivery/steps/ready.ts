import { z } from 'zod';
import { lackOf, replicasNow } from '../replicas';
import { enter, type RunningRollout } from '../rollout';
import { until } from '../until';
import { defineStep } from './step';

/**
 * Has the front check the new revision, and waits until it has seen every replica that was asked for ready, without a break for `minReadyMs`.
 * @throws HarnessError `release-not-ready`, saying how many were
 */
export const ready = defineStep({
  kind: 'ready',
  options: z.strictObject({}),
  describe: () => 'wait until the new revision is ready',
  takes: ({ minReadyMs, readyTimeoutMs }) => ({ atLeastMs: minReadyMs, atMostMs: readyTimeoutMs + minReadyMs }),
  run: awaitReady,
});

/** As the step does, for the replicas that are asked for now. */
export async function awaitReady(rollout: RunningRollout): Promise<void> {
  const { ports, to, strategy, control } = rollout;
  const { minReadyMs, readyTimeoutMs } = strategy.settings;
  const timeoutMs = readyTimeoutMs + minReadyMs;
  enter(rollout, 'Readying', { deadlineAtMs: ports.clock.now() + timeoutMs });
  // The front checks only what was admitted; its weight of 0 keeps traffic off it meanwhile.
  await ports.admit(to);
  let readySinceMs: number | undefined;
  let lack: string | undefined;
  const condition = `${to.label} is ready for ${minReadyMs} ms`;
  const wait = { condition, code: 'release-not-ready', timeoutMs, signal: control.signal, seen: () => lack } as const;
  await until(ports.clock, wait, async () => {
    const nowMs = ports.clock.now();
    lack = lackOf(await replicasNow(rollout));
    readySinceMs = lack === undefined ? (readySinceMs ?? nowMs) : undefined;
    return readySinceMs !== undefined && nowMs - readySinceMs >= minReadyMs;
  });
  rollout.wasReady = true;
}
