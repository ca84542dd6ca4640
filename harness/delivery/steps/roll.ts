import { z } from 'zod';
import { errorMessage } from '../../core/errors';
import { exchange, exchangeBack, moveTo } from '../exchange';
import { baselineOf } from '../judge/listening';
import { requireWhole } from '../revisions/require-whole';
import { replicasOf } from '../revisions/revision';
import { boundsOf, stagesOf, type Bounds } from '../rolling-bounds';
import { enter, leaseTerms, perform, type RunningRollout } from '../rollout';
import { switchBack } from '../switch-back';
import { takeOut } from '../take-out';
import { defineStep } from './step';

/** A whole number of replicas, or percents of those that are asked for. */
export const amount = z.union([
  z.int().nonnegative(),
  z.string().regex(/^(?:100|[1-9]?\d)%$/, 'a whole number, or percents as 25%'),
]);

/**
 * Exchanges the replicas of stable for those of the new revision, few at a time, each stage judged, and gives the new ones all of the traffic.
 * Never are fewer ready, nor do more run, than the bounds say; the journal tells of every change. Undone in the same way: where that fails,
 * traffic goes back to stable all the same, because a bad release is worse than few replicas.
 */
export const roll = defineStep({
  kind: 'roll',
  options: z.strictObject({
    maxSurge: amount,
    maxUnavailable: amount,
    /** Whether each stage is judged before the next one. Default true. */
    isJudged: z.boolean().exactOptional(),
  }),
  describe: ({ maxSurge, maxUnavailable, isJudged = true }) =>
    `exchange the replicas, at most ${maxSurge} more and ${maxUnavailable} fewer at a time${isJudged ? ', judged at each stage' : ''}`,
  // Stage by stage: how many there are depends on the service's replicas, and the rollout's deadline ends them.
  takes: ({ minReadyMs, minStepMs }, { isJudged = true }) => ({ atLeastMs: minReadyMs + (isJudged ? minStepMs : 0) }),
  isJudged: true,
  undoesFirst: true,
  run: async (rollout, options) => {
    const { ports, from, to } = rollout;
    const sizes = sizesOf(rollout);
    const bounds = boundsOf(options, sizes);
    const { isJudged = true } = options;
    // Each stage is judged; this step counts as one of them already.
    if (isJudged) rollout.moreJudged = Math.max(0, stagesOf(bounds, sizes) - 1);
    rollout.isThinned = true;
    rollout.baseline = await baselineOf(rollout);
    await ports.lease(to, leaseTerms(rollout));
    await exchange(rollout, await reachable(rollout, bounds), { isJudged });
    delete rollout.asked;
    await requireWhole(rollout, 'for 100 % of the traffic');
    await moveTo(rollout, 100);
    rollout.isFromStopped = (await ports.runningReplicas(from)) === 0;
    enter(rollout, 'Promoted', { deadlineAtMs: rollout.deadlineAtMs });
  },
  undo: async (rollout, options) => {
    const { ports, from, to, problems, strategy } = rollout;
    rollout.isThinned = true;
    // Whoever took over may have given it back already.
    rollout.weight = await ports.share(to);
    try {
      await exchangeBack(rollout, boundsOf(options, sizesOf(rollout)));
    } catch (error) {
      problems.push(`the replicas could not be exchanged back one by one: ${errorMessage(error)}`);
    }
    rollout.fromUsable = await ports.usable(from).catch(() => false);
    await switchBack(rollout);
    rollout.isFromStopped = false;
    await takeOut(rollout, to);
    const timeoutMs = strategy.settings.readyTimeoutMs;
    if ((await ports.runningReplicas(from)) >= replicasOf(from)) return;
    await perform(rollout, 'revive', { revision: from.label }, () => ports.revive(from, { timeoutMs })).catch(
      (error: unknown) => problems.push(`${from.label} lacks replicas: ${errorMessage(error)}`),
    );
  },
});

function sizesOf({ from, to }: RunningRollout): { readonly from: number; readonly to: number } {
  return { from: replicasOf(from), to: replicasOf(to) };
}

/** No more can be promised than there is: a replica that was sick before is no breach. */
async function reachable({ ports, from }: RunningRollout, bounds: Bounds): Promise<Bounds> {
  return { ...bounds, ready: Math.min(bounds.ready, await ports.readyReplicas(from)) };
}
