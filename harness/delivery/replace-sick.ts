import { HarnessError, errorMessage } from '../core/errors';
import { perform, type RunningRollout } from './rollout';
import { drainMsOf, noteKilled } from './take-out';

/**
 * Replaces the one replica of the new revision that fails while the others do not: that says more of where it runs than of what it is. What
 * it did counts no more. Only once in a rollout: when another one fails as it did, it is the release. `false` where it was done already, or
 * nobody can tell replicas apart.
 * @throws HarnessError `replica-sick` when nothing healthy came in its place; the reason of an abort meanwhile
 */
export async function replaceSick(
  rollout: RunningRollout,
  { replica, why }: { readonly replica: string; readonly why: string },
): Promise<boolean> {
  const { ports, to, strategy, control, problems, traffic } = rollout;
  if (ports.replace === undefined || rollout.replaced !== undefined) return false;
  rollout.replaced = replica;
  // Nobody judges meanwhile: what comes until it is replaced is neither the one's nor the other's.
  traffic.listen(undefined);
  const { stopGraceMs: graceMs, readyTimeoutMs: timeoutMs } = strategy.settings;
  const drainMs = drainMsOf(to);
  const limits = { drainMs, graceMs, timeoutMs, signal: control.signal };
  const detail = { revision: to.label, replica, reason: why };
  try {
    await perform(rollout, 'replace-replica', detail, async () => {
      const done = await ports.replace?.(to, replica, limits);
      if (done === undefined) return;
      const { container, isDrained, killed } = done;
      problems.push(`one sick replica (${container}) was replaced: ${why}`);
      if (!isDrained) problems.push(`requests on ${container} were still under way after ${drainMs} ms`);
      noteKilled(rollout, killed);
    });
  } catch (error) {
    control.signal.throwIfAborted();
    throw new HarnessError('replica-sick', {
      message: `${why}; it could not be replaced: ${errorMessage(error)}`,
      facts: { revision: to.label, replica, attribution: 'replica', decidedAtMs: ports.clock.now() },
      cause: error,
    });
  }
  traffic.sameSeconds.restart();
  return true;
}
