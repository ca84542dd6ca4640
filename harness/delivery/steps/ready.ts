import { z } from 'zod';
import { enter } from '../rollout';
import { until } from '../until';
import { defineStep } from './step';

/** Waits until the front has seen the new revision usable without a break for `minReadyMs`, and lets it take traffic. */
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
    const condition = `${to.label} is ready for ${minReadyMs} ms`;
    await until(ports.clock, { condition, code: 'release-not-ready', timeoutMs, signal: control.signal }, async () => {
      const nowMs = ports.clock.now();
      readySinceMs = (await ports.usable(to)) ? (readySinceMs ?? nowMs) : undefined;
      return readySinceMs !== undefined && nowMs - readySinceMs >= minReadyMs;
    });
    await ports.admit(to);
  },
});
