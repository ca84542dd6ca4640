import { z } from 'zod';
import { lackOf, replicasNow } from '../replicas';
import { enter } from '../rollout';
import { until } from '../until';
import { defineStep } from './step';

/**
 * Waits until the front has seen every replica that was asked for ready, without a break for `minReadyMs`, and lets them take traffic.
 * @throws HarnessError `release-not-ready`, saying how many were
 */
export const ready = defineStep({
  kind: 'ready',
  options: z.strictObject({}),
  describe: () => 'wait until the new revision is ready',
  run: async (rollout) => {
    const { ports, to, strategy, control } = rollout;
    const { minReadyMs, readyTimeoutMs } = strategy.settings;
    const timeoutMs = readyTimeoutMs + minReadyMs;
    enter(rollout, 'Readying', { deadlineAtMs: ports.clock.now() + timeoutMs });
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
    await ports.admit(to);
  },
});
