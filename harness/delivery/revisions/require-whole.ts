import { HarnessError, hasCode } from '../../core/errors';
import { exitFacts, exitsText } from '../guards/exits';
import { lackOf, replicasNow, type Replicas } from './replicas';
import type { RunningRollout } from '../rollout';
import { until } from '../until';

/** How long a replica that was ready may be missing, ms: a check that a busy machine failed, or a restart, takes less. */
const MISSING_LIMIT_MS = 5_000;

/**
 * Waits until the front sees every replica of the new revision able to take traffic; longer while the old revision is not usable either: what
 * takes both away is no reason to go back. Holds for a rollout that was promoted by hand too.
 * @throws HarnessError `release-dead` when none is, `release-not-ready` when some are missing; the reason of an abort
 */
export async function requireWhole(rollout: RunningRollout, before: string): Promise<void> {
  const { ports, from, to, control, deadlineAtMs } = rollout;
  const condition = `all replicas of ${to.label} are ready`;
  let seen: Replicas | undefined;
  try {
    await until(ports.clock, { condition, timeoutMs: MISSING_LIMIT_MS, signal: control.signal }, async () => {
      seen = undefined;
      seen = await replicasNow(rollout);
      return lackOf(seen) === undefined;
    });
  } catch (error) {
    // Whoever aborts is told so, and a front that does not answer has said nothing of the replicas.
    if (seen === undefined || !hasCode(error, 'timed-out')) throw error;
    const mayBeTheWorld = !rollout.isFromStopped && ports.clock.now() < deadlineAtMs;
    if (mayBeTheWorld && !(await ports.usable(from))) return requireWhole(rollout, before);
    const { ready, asked }: Replicas = seen;
    const what = ready === 0 ? 'is not usable' : `has ${lackOf({ ready, asked })}`;
    const said = [await whyNot(rollout), `${from.label} ${rollout.isFromStopped ? 'comes back' : 'stays'}`];
    throw new HarnessError(ready === 0 ? 'release-dead' : 'release-not-ready', {
      message: [`${to.label} ${what} ${before}`, ...said.flat()].join('; '),
      facts: { revision: to.label, ready, asked, ...exitFacts(rollout) },
    });
  }
}

/** As far as anybody knows. */
async function whyNot({ ports, to, exits }: RunningRollout): Promise<string[]> {
  const ended = exitsText(to, exits.of(to));
  if (ended !== undefined) return [ended];
  const { checks } = await ports.diagnose(to).catch(() => ({ checks: [] }));
  return [...new Set(checks)];
}
