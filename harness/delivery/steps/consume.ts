import { z } from 'zod';
import { baselineOf } from '../judge/listening';
import { requireWhole } from '../revisions/require-whole';
import { replicasOf, type Revision } from '../revisions/revision';
import { applyWeight, enter, leaseTerms, perform, type RunningRollout } from '../rollout';
import { switchBack } from '../switch-back';
import { noteKilled } from '../take-out';
import { until } from '../until';
import { awaitReady } from './ready';
import { startReplicas } from './start';
import { defineStep } from './step';

/** How many consumers each revision has at a step. */
interface Consumers {
  readonly from: number;
  readonly to: number;
}

/**
 * Gives the new revision of a worker a share of the consumers: starts so many of it, and stops as many of stable's, which finish their message
 * or give it back. Before the last of stable's goes, what it has done is frozen as the baseline. Undone by stopping the new ones, which keep
 * failing for as long as they run, and starting all of stable's again.
 */
export const consume = defineStep({
  kind: 'consume',
  options: z.strictObject({ percent: z.int().min(1).max(100) }),
  describe: ({ percent }) => `${percent} % of the consumers`,
  takes: ({ readyTimeoutMs }) => ({ atLeastMs: 0, atMostMs: 2 * readyTimeoutMs }),
  undoesFirst: true,
  run: async (rollout, { percent }) => {
    const { ports, from, to, deadlineAtMs, milestones, traffic } = rollout;
    const wanted = consumersAt(percent, { from: replicasOf(from), to: replicasOf(to) });
    if (percent === 100) rollout.baseline ??= await baselineOf(rollout);
    rollout.isThinned = true;
    await ports.lease(to, leaseTerms(rollout));
    rollout.asked = wanted.to;
    await startReplicas(rollout);
    await awaitReady(rollout);
    await requireWhole(rollout, `for ${percent} % of the consumers`);
    enter(rollout, 'Shifting', { deadlineAtMs, reason: toldOf(wanted, rollout) });
    await thinStable(rollout, wanted.from);
    await applyWeight(rollout, Math.round((100 * wanted.to) / (wanted.to + wanted.from)));
    rollout.isFromStopped = wanted.from === 0;
    rollout.weightsReached.push(rollout.weight);
    if (percent < 100) traffic.measureStable();
    else {
      delete rollout.asked;
      enter(rollout, 'Promoted', { deadlineAtMs });
    }
    milestones.passWeight(rollout.weight);
  },
  undo: async (rollout) => {
    // Several steps may have moved consumers, and the first that is undone brings all of them back.
    if (rollout.switchEpoch !== undefined) return;
    const { ports, from, to, strategy } = rollout;
    noteKilled(rollout, await ports.stop(to, { graceMs: strategy.settings.stopGraceMs }));
    await bringBack(rollout, from);
    await switchBack(rollout);
  },
});

/** At least one of each, until the last step: a share of nothing could not be judged. */
function consumersAt(percent: number, all: Consumers): Consumers {
  if (percent === 100) return { from: 0, to: all.to };
  const to = Math.max(1, Math.round((percent * all.to) / 100));
  return { from: Math.max(1, all.from - to), to };
}

function toldOf({ from: left, to: started }: Consumers, { from, to }: RunningRollout): string {
  return `to ${started} of ${replicasOf(to)} consumers of ${to.label}, beside ${left} of ${from.label}`;
}

async function thinStable(rollout: RunningRollout, keep: number): Promise<void> {
  const { ports, from, strategy } = rollout;
  const graceMs = strategy.settings.stopGraceMs;
  await perform(rollout, 'thin', { revision: from.label, keep }, async () => {
    const { killed } = await ports.thin(from, { keep, drainMs: 0, graceMs });
    noteKilled(rollout, killed);
  });
}

async function bringBack(rollout: RunningRollout, from: Revision): Promise<void> {
  const { ports, strategy } = rollout;
  const timeoutMs = strategy.settings.readyTimeoutMs;
  if ((await ports.runningReplicas(from)) < replicasOf(from)) await ports.revive(from, { timeoutMs });
  const condition = `a consumer of ${from.label} is ready again`;
  await until(ports.clock, { condition, timeoutMs }, () => ports.usable(from));
  rollout.fromUsable = true;
  rollout.isFromStopped = false;
}
