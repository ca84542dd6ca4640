import { judgedSteps } from '../strategies/strategy';
import type { Judgement } from './judge';
import { hangingNow, listening } from './listening';
import type { Baseline } from './phase';
import { applyWeight, enter, perform, type RunningRollout } from '../rollout';

const HALF = 50;

/**
 * Percent of the traffic on the new revision while both are compared. Half each is decided soonest, and halves what a bad release costs; but
 * no replica of stable gets more than one of the new revision has: few of many may have been kept warm.
 */
async function comparedAt({ ports, from, to }: RunningRollout): Promise<number> {
  const [warm, all] = [await ports.readyReplicas(from), await ports.readyReplicas(to)];
  return Math.min(99, Math.max(HALF, Math.round((100 * all) / Math.max(1, warm + all))));
}

/**
 * What the judge says at weight 100. There stable has no traffic, and all there is to compare with is what it did before. That the new
 * revision is worse than that is no finding about it: a dependency or the machine may have turned bad since, for stable too. So it is a
 * suspicion only, and stable, which is kept warm, gets a share of the traffic back, half where it is whole, until the judge has compared both
 * over the same seconds:
 * - worse than stable there: it is the release, and it is rolled back;
 * - as good as stable: it is neither's. All traffic goes to the new revision again, and the bake begins anew, against what stable did in the
 *   comparison;
 * - stable cannot take a share: nothing is known, and the rollout holds until it can, or until `inconclusiveMs` are over.
 *
 * A release that is bad only under all of the traffic is suspected again and again, is never promoted, and ends inconclusive. Requests of
 * our own to both revisions, pinned, would spare users the comparison; they could only ask for the readiness, which is not what users do.
 *
 * For errors that is more of the rollout's evidence over the same seconds. The comparisons of latency share what the step may spend on a
 * false alarm: the k-th has 1 ÷ k(k + 1) of it, all together no more than 1.
 */
export function atFullWeight(
  rollout: RunningRollout,
  options: { readonly minMs: number; readonly baseline: Baseline; readonly isTrusted: boolean },
): (nowMs: number) => Promise<Judgement> {
  const { ports, from, strategy } = rollout;
  const { minMs, isTrusted } = options;
  const phases = judgedSteps(strategy) + rollout.moreJudged;
  let now = listening(rollout, { phases, minMs, isTrusted, baseline: options.baseline });
  let comparisons = 0;
  let isCompared = false;

  const compare = async (suspicion: Judgement): Promise<Judgement> => {
    const reason = `looks worse than ${from.label} was before: ${suspicion.reason}`;
    if (!(await ports.usable(from).catch(() => false))) {
      const said = `${reason}; ${from.label} is not usable, and cannot be compared with over the same seconds`;
      return { ...suspicion, outcome: 'hold', reason: said };
    }
    comparisons += 1;
    isCompared = true;
    await shift(rollout, await comparedAt(rollout).catch(() => HALF), reason);
    enter(rollout, 'Analyzing', { deadlineAtMs: rollout.deadlineAtMs, reason: 'compared over the same seconds' });
    // That it was good before is no answer to a suspicion.
    rollout.traffic.sameSeconds.renew();
    now = listening(rollout, { phases: phases * comparisons * (comparisons + 1), minMs: 0 });
    return { ...suspicion, outcome: 'hold', reason };
  };

  const acquit = async (judgement: Judgement): Promise<Judgement> => {
    const { from: hanging } = await hangingNow(rollout);
    const baseline = { ...now.phase.stable(), hanging };
    isCompared = false;
    await shift(rollout, 100, `as good as ${from.label} over the same seconds`);
    enter(rollout, 'Baking', { deadlineAtMs: rollout.deadlineAtMs });
    now = listening(rollout, { phases, minMs, isTrusted, baseline });
    return { ...judgement, outcome: 'hold' };
  };

  return async (nowMs) => {
    const judgement = await now.judgement(nowMs);
    if (isCompared) {
      if (judgement.outcome === 'promote') return acquit(judgement);
      // A suspicion is answered by requests, not by their absence: nothing is known until then.
      const { outcome, reason, figures } = judgement;
      return { outcome, reason, figures };
    }
    return judgement.outcome === 'abort' ? compare(judgement) : judgement;
  };
}

/** Moves traffic at full weight: to the comparison, and back. */
export async function shift(rollout: RunningRollout, percent: number, why: string): Promise<void> {
  enter(rollout, 'Shifting', { deadlineAtMs: rollout.deadlineAtMs, reason: `to ${percent} %, ${why}` });
  await perform(rollout, 'compare', { percent }, () => applyWeight(rollout, percent));
}
