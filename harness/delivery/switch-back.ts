import { applyWeight, perform, type RunningRollout } from './rollout';
import { takesTurns } from './strategies/strategy';
import { clearOut } from './take-out';
import { until } from './until';

/**
 * Gives all traffic back to the stable revision. Waits for no disk: that it was done is told afterwards. Idempotent: several steps of a
 * rollout may have moved traffic, and the first that is undone brings all of it back.
 */
export async function switchBack(rollout: RunningRollout): Promise<void> {
  if (rollout.switchEpoch !== undefined) return;
  if (!rollout.fromUsable) await revive(rollout);
  const epoch = await applyWeight(rollout, 0);
  rollout.switchEpoch = epoch;
  const { journal, id } = rollout;
  journal.append({ type: 'action', rollout: id, phase: 'result', action: 'switch-back', detail: { weight: 0, epoch } });
}

/**
 * Makes the stable revision able to take traffic: its capacity comes back before its traffic does. Where the two never run at once, the new
 * one goes before the stable one comes.
 */
export async function revive(rollout: RunningRollout): Promise<void> {
  const { ports, from, to, strategy } = rollout;
  if (!(await ports.usable(from))) {
    if (takesTurns(strategy)) await clearOut(rollout, to);
    const timeoutMs = strategy.settings.readyTimeoutMs;
    await perform(rollout, 'revive', { revision: from.label }, () => ports.revive(from, { timeoutMs }));
  }
  // The front checks only what was admitted.
  await ports.admit(from);
  const condition = `${from.label} is usable again`;
  await until(ports.clock, { condition, timeoutMs: strategy.settings.readyTimeoutMs }, () => ports.usable(from));
  rollout.fromUsable = true;
  rollout.isFromStopped = false;
}
