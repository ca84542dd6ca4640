import type { Observation } from '../../contract/observation';
import { HarnessError } from '../../core/errors';
import { attribute, attributionText, type Attribution } from './attribution';
import { atFullWeight } from './at-full-weight';
import { absencesText } from '../guards/absences';
import { exitsText, unproved } from '../guards/exits';
import type { Judgement } from './judge';
import { listening } from './listening';
import { quietNight } from './quiet';
import { lackOf, replicasNow } from '../revisions/replicas';
import type { RunningRollout } from '../rollout';
import { judgedSteps } from '../strategies/strategy';
import { watch } from '../watch';

/** A judgement stands in the journal when it changes, and else this often, ms. */
const JUDGEMENT_EVERY_MS = 1_000;

/**
 * Stays at the current weight until the judge promotes, at least `minMs`. At weight 100 the new revision is held against the baseline first:
 * see {@link atFullWeight}. Where nothing of stable runs any more there is only that: what a dependency does to the new revision meanwhile is
 * charged to it, because the other mistake would leave a bad release alone with its users.
 * @throws HarnessError `release-rejected` (the judge aborts), `replica-sick` (for one replica of several), `release-not-judged` (too little to judge by), and as {@link watch}
 */
export async function analyze(rollout: RunningRollout, minMs: number): Promise<void> {
  const { ports, strategy, weight, baseline } = rollout;
  const phases = judgedSteps(strategy) + rollout.moreJudged;
  const judged =
    weight < 100 || baseline === undefined
      ? listening(rollout, { phases, minMs }).judgement
      : rollout.isFromStopped
        ? listening(rollout, { phases, minMs, baseline }).judgement
        : atFullWeight(rollout, { minMs, baseline });
  const withMetrics = rollout.metrics?.begin(rollout) ?? ((_nowMs: number, judgement: Judgement) => judgement);
  const note = judgementJournal(rollout);
  const quiet = quietNight(rollout, minMs);
  await watch(rollout, async (nowMs, spentMs) => {
    const weightNow = rollout.weight;
    const compared = await whole(rollout, await quiet(await judged(nowMs), nowMs));
    const seen = withMetrics(nowMs, compared);
    const ended = spentMs < strategy.settings.inconclusiveMs ? seen : inconclusive(seen, spentMs);
    // A limit of the user's own says by itself what is wrong.
    const isOverLimit = seen.outcome === 'abort' && compared.outcome !== 'abort';
    const judgement: JudgementWithCause = isOverLimit ? seen : withCause(rollout, ended);
    note(judgement, { nowMs, weight: weightNow });
    if (judgement.outcome === 'promote') rollout.isOnceJudged = true;
    if (judgement.outcome !== 'abort') return judgement.outcome === 'promote';
    throw new HarnessError(codeOf(judgement), {
      message: withHealth(rollout, judgement.reason),
      facts: {
        decidedAtMs: ports.clock.now(),
        ...(judgement.cause === undefined ? {} : { attribution: judgement.cause }),
      },
    });
  });
}

type JudgementWithCause = Judgement & { readonly cause?: Attribution };

/** What leads back to stable, with whose fault it is. */
function withCause({ traffic }: RunningRollout, judgement: Judgement): JudgementWithCause {
  if (judgement.outcome !== 'abort') return judgement;
  const facts = traffic.attribution(judgement.isInconclusive !== true);
  const said = attributionText(facts);
  return {
    ...judgement,
    cause: attribute(facts),
    reason: said === undefined ? judgement.reason : `${judgement.reason}; ${said}`,
  };
}

/** One replica of several that fails costs requests, and traffic goes back; but the release is not the worse one for it. */
function codeOf({ isInconclusive, cause }: { readonly isInconclusive?: true; readonly cause?: Attribution }) {
  if (isInconclusive === true) return 'release-not-judged';
  return cause === 'replica' ? 'replica-sick' : 'release-rejected';
}

/** Nothing is promoted while a replica that was asked for is missing; that one is sick is no reason to go back either. */
async function whole(rollout: RunningRollout, judgement: Judgement): Promise<Judgement> {
  if (judgement.outcome !== 'promote') return judgement;
  const lack = (await replicasNow(rollout).then(lackOf, () => undefined)) ?? unsteady(rollout);
  return lack === undefined ? judgement : { ...judgement, outcome: 'hold', reason: `${lack}; ${judgement.reason}` };
}

/** Requests fail on a replica that ends, or comes and goes: that is what has to be mended. */
function withHealth({ to, exits, absences }: RunningRollout, reason: string): string {
  const absent = absencesText(absences);
  const seen = [exitsText(to, exits.of(to)), absent === undefined ? undefined : `${to.label} ${absent}`];
  return [reason, ...seen.filter((text) => text !== undefined)].join('; ');
}

/** What was down a moment ago has to stay up for as long as at first. */
function unsteady(rollout: RunningRollout): string | undefined {
  const { ports, to, absences, strategy } = rollout;
  const nowMs = ports.clock.now();
  const forMs = nowMs - (absences.at(-1)?.toMs ?? -Infinity);
  if (forMs < strategy.settings.minReadyMs) return `${to.label} was not usable ${Math.round(forMs)} ms ago`;
  return unproved(rollout, nowMs);
}

/** What could not be judged for as long as it may take is given up. */
function inconclusive(judgement: Judgement, spentMs: number): Judgement {
  if (judgement.outcome !== 'hold') return judgement;
  const reason = `inconclusive after ${Math.round(spentMs / 1_000)} s: ${judgement.reason}`;
  return { ...judgement, outcome: 'abort', isInconclusive: true, reason };
}

/** Writes what the judge says, when that changes and now and then. Never waited for until it is on the disk: a switch back comes first. */
function judgementJournal(
  rollout: RunningRollout,
): (judgement: Judgement, at: { readonly nowMs: number; readonly weight: number }) => void {
  let writtenAtMs = -Infinity;
  let written: Judgement['outcome'] | undefined;
  return (judgement, { nowMs, weight }) => {
    if (judgement.outcome === written && nowMs - writtenAtMs < JUDGEMENT_EVERY_MS) return;
    rollout.journal.append(judgementLine(rollout, judgement, weight));
    rollout.judgements += 1;
    [written, writtenAtMs] = [judgement.outcome, nowMs];
  };
}

function judgementLine({ id }: RunningRollout, judgement: JudgementWithCause, weight: number): Observation {
  const {
    cause: _cause,
    isInconclusive: _,
    isComplete: _isComplete,
    isComparedInAll: _isCompared,
    ...told
  } = judgement;
  return { type: 'judgement', rollout: id, weight, ...told };
}
