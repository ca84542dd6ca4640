import type { SwitchFacts } from '../contract/observation';
import { errorMessage } from '../core/errors';
import { applyWeight, enter, enterUrgently, perform, write, type RunningRollout } from './rollout';
import type { Step } from './steps/step';
import { revive } from './switch-back';
import { prune } from './take-out';
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
 * Undoes the steps that were begun, the last one first; but before all others those that bring traffic back to the stable revision, and the
 * proof of it through the front. Idempotent. A rollback that fails is paused, with traffic on whichever revision is usable, and never
 * rolled back itself. What `why` knows is asked for once traffic is safe, while what is to be stopped still runs.
 */
export async function rollBack(
  rollout: RunningRollout,
  begun: readonly Step[],
  reason: string,
  why: () => Promise<string | undefined> = async () => undefined,
): Promise<RollbackResult> {
  const { ports, to, service, problems } = rollout;
  enterUrgently(rollout, 'Aborting', reason);
  rollout.isGoingBack = true;
  rollout.goesBackBecause = reason;
  const undos = [...begun].reverse();
  let rolledBackAtMs: number;
  try {
    for (const step of undos) if (step.undoesFirst) await step.undo?.(rollout);
    enter(rollout, 'RollingBack', { reason });
    await prove(rollout);
    rolledBackAtMs = ports.clock.now();
  } catch (error) {
    return pause(rollout, `${reason}; the rollback failed: ${errorMessage(error)}`);
  }
  // Its rollout's mark stays until its end is told: it leads the next command here if this process dies in between.
  const isKnown = ports.revisions.list(service).some(({ label }) => label === to.label);
  if (isKnown) write(rollout, () => ports.revisions.put({ ...to, status: 'failed' }));
  const words = await why().catch(() => undefined);
  for (const step of undos) if (!step.undoesFirst) await undo(rollout, step);
  const isTold = await ports.caughtUp(service, { timeoutMs: LAST_LINES_MS }).catch(() => false);
  await prune(rollout);
  const said = [reason, ...(words === undefined ? [] : [words]), ...problems].join('; ');
  const seen = isTold ? switchFacts(rollout) : {};
  enter(rollout, 'RolledBack', { reason: said, ...seen });
  return { outcome: 'rolled-back', reason: said, rolledBackAtMs, ...seen };
}

/** What the front routed once everything was given back; nothing where no traffic had been moved. */
function switchFacts({ traffic, switchEpoch }: RunningRollout): Partial<SwitchFacts> {
  if (switchEpoch === undefined) return {};
  const { requests, toNew } = traffic.routedSince(switchEpoch);
  return { switchEpoch, requestsAfterSwitch: requests, routedToCandidateAfterSwitch: toNew };
}

/** Shows by requests through the front that the stable revision alone answers, and helps it up again where it does not. */
async function prove(rollout: RunningRollout): Promise<void> {
  const { ports, from, service } = rollout;
  const condition = `requests through the front of ${service} are answered by ${from.label} alone`;
  await until(ports.clock, { condition, timeoutMs: PROOF_TIMEOUT_MS }, async () => {
    const labels = await ports.probe(service);
    if (labels.length > 0 && labels.every((label) => label === from.label)) return true;
    if (!(await ports.usable(from))) await revive(rollout);
    return false;
  });
}

/** Traffic is safe: an undo that fails is told, and the others are done all the same. */
async function undo(rollout: RunningRollout, step: Step): Promise<void> {
  if (step.undo === undefined) return;
  const number = rollout.strategy.steps.indexOf(step);
  try {
    await perform(rollout, `undo-${step.kind}`, { ...step.options, step: number }, async () => step.undo?.(rollout));
  } catch (error) {
    rollout.problems.push(`the step "${step.says}" could not be undone: ${errorMessage(error)}`);
  }
}

/** Leaves traffic where it can be served, and both revisions as they are. */
async function pause(rollout: RunningRollout, reason: string): Promise<RollbackResult> {
  const { ports, from, to } = rollout;
  const usable = async (revision: typeof from) => ports.usable(revision).catch(() => false);
  let said = reason;
  rollout.isStuck = true;
  try {
    if (!(await usable(from)) && (await usable(to))) await applyWeight(rollout, 100);
  } catch (error) {
    said = `${reason}; moving traffic failed: ${errorMessage(error)}`;
  }
  enter(rollout, 'RollbackPaused', { reason: said });
  return { outcome: 'rollback-paused', reason: said };
}
