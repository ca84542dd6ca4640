import type { SwitchFacts } from '../contract/observation';
import { errorMessage } from '../core/errors';
import { settled } from './revision';
import { applyWeight, enter, enterUrgently, perform, type Rollout } from './rollout';
import { prune, takeOut } from './take-out';
import { until } from './until';

/** How long the front's answers may take to show the old revision alone, ms. */
const PROOF_TIMEOUT_MS = 15_000;

/** Lines of the front about the last requests may come this late, ms. Later ones are not waited for, and then nothing is known of them. */
const LAST_LINES_MS = 10_000;

export interface RollbackResult extends Partial<SwitchFacts> {
  readonly outcome: 'rolled-back' | 'rollback-paused';
  readonly reason: string;
  readonly rolledBackAtMs?: number;
}

/**
 * Brings all traffic back to the stable revision, proves it through the front, then drains, stops and keeps the new one. Idempotent.
 * A rollback that fails is paused, with traffic on whichever revision is usable, and never rolled back itself.
 */
export async function rollBack(rollout: Rollout, reason: string): Promise<RollbackResult> {
  const { ports, from, to, service } = rollout;
  enterUrgently(rollout, 'Aborting', reason);
  let rolledBackAtMs: number;
  let switchEpoch: number;
  try {
    if (!rollout.fromUsable) await revive(rollout);
    switchEpoch = await applyWeight(rollout, 0);
    journalSwitch(rollout, switchEpoch);
    enter(rollout, 'RollingBack', { reason });
    await prove(rollout);
    rolledBackAtMs = ports.clock.now();
  } catch (error) {
    return pause(rollout, `${reason}; the rollback failed: ${errorMessage(error)}`);
  }
  // Its rollout's mark stays until all is done: it leads the next command here if this process dies in between.
  const known = ports.revisions.list(service).some(({ label }) => label === to.label);
  if (known) ports.revisions.put({ ...to, status: 'failed' });
  const leftover = await takeOut(rollout, to);
  const isTold = await ports.caughtUp(service, { timeoutMs: LAST_LINES_MS }).catch(() => false);
  if (known) ports.revisions.put(settled(to, 'failed'));
  const said = [reason, ...(await prune(rollout)), ...leftover].join('; ');
  const seen = isTold ? switchFacts(rollout, switchEpoch) : {};
  enter(rollout, 'RolledBack', { reason: said, ...seen });
  return { outcome: 'rolled-back', reason: said, rolledBackAtMs, ...seen };

  async function prove(current: Rollout): Promise<void> {
    const condition = `requests through the front of ${service} are answered by ${from.label} alone`;
    await until(ports.clock, { condition, timeoutMs: PROOF_TIMEOUT_MS }, async () => {
      const labels = await ports.probe(service);
      if (labels.length > 0 && labels.every((label) => label === from.label)) return true;
      if (!(await ports.usable(from))) await revive(current);
      return false;
    });
  }
}

/** The switch back waits for no intent on the disk; that it was made is told afterwards. */
function journalSwitch({ journal, id }: Rollout, epoch: number): void {
  const detail = { weight: 0, epoch };
  journal.append({ type: 'action', rollout: id, phase: 'result', action: 'set-weights', detail });
}

/** What the front routed once everything was given back. */
function switchFacts({ traffic }: Rollout, switchEpoch: number): SwitchFacts {
  const { requests, toNew } = traffic.routedSince(switchEpoch);
  return { switchEpoch, requestsAfterSwitch: requests, routedToCandidateAfterSwitch: toNew };
}

/** Makes the stable revision able to take traffic: its capacity comes back before its traffic does. */
async function revive(rollout: Rollout): Promise<void> {
  const { ports, from, strategy } = rollout;
  if (!(await ports.usable(from))) {
    const timeoutMs = strategy.settings.readyTimeoutMs;
    await perform(rollout, 'revive', { revision: from.label }, () => ports.revive(from, { timeoutMs }));
    const condition = `${from.label} is usable again`;
    await until(ports.clock, { condition, timeoutMs }, () => ports.usable(from));
  }
  await ports.admit(from);
  rollout.fromUsable = true;
}

/** Leaves traffic where it can be served, and both revisions as they are. */
async function pause(rollout: Rollout, reason: string): Promise<RollbackResult> {
  const { ports, from, to } = rollout;
  const usable = async (revision: typeof from) => ports.usable(revision).catch(() => false);
  let said = reason;
  try {
    if (!(await usable(from)) && (await usable(to))) await applyWeight(rollout, 100);
  } catch (error) {
    said = `${reason}; moving traffic failed: ${errorMessage(error)}`;
  }
  enter(rollout, 'RollbackPaused', { reason: said });
  return { outcome: 'rollback-paused', reason: said };
}
