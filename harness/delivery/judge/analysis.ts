import type { Attribution } from '../../contract/attribution';
import type { Observation } from '../../contract/observation';
import { HarnessError } from '../../core/errors';
import { attribute, attributionText, sickReplica, suspectReplica } from './attribution';
import { atFullWeight, shift } from './at-full-weight';
import { absencesText } from '../guards/absences';
import { exitFacts, exitsText, unproved } from '../guards/exits';
import type { Judgement } from './judge';
import { listening } from './listening';
import { quietNight } from './quiet';
import { replaceSick } from '../replace-sick';
import { lackOf, replicasNow } from '../revisions/replicas';
import type { RunningRollout } from '../rollout';
import { judgedSteps } from '../strategies/strategy';
import { watch } from '../watch';

/** A judgement stands in the journal when it changes, and else this often, ms. */
const JUDGEMENT_EVERY_MS = 1_000;

/** So many more requests on the new revision may tell a sick replica from a bad release: enough for each of three to fail some. */
const MORE_REQUESTS = 60;

/**
 * Stays at the current weight until the judge promotes, at least `minMs`. At weight 100 the new revision is held against the baseline first:
 * see {@link atFullWeight}. Where nothing of stable runs any more there is only that: what a dependency does to the new revision meanwhile is
 * charged to it, because the other mistake would leave a bad release alone with its users. One sick replica of several is replaced, and the
 * step is judged anew. With `isTrusted` the new revision only has to be no worse: after `minMs` no more evidence is waited for.
 * @throws HarnessError `release-rejected` (the judge aborts), `replica-sick` (it could not be replaced), `release-not-judged` (too little to judge by), and as {@link watch}
 */
export async function analyze(rollout: RunningRollout, minMs: number, { isTrusted = false } = {}): Promise<void> {
  const { ports, strategy, weight, baseline } = rollout;
  const phases = judgedSteps(strategy) + rollout.moreJudged;
  const begin = () =>
    weight < 100 || baseline === undefined
      ? listening(rollout, { phases, minMs }).judgement
      : rollout.isFromStopped
        ? listening(rollout, { phases, minMs, baseline, isTrusted }).judgement
        : atFullWeight(rollout, { minMs, baseline, isTrusted });
  let judged = begin();
  let hesitate = hesitation(rollout);
  const withMetrics = rollout.metrics?.begin(rollout) ?? ((_nowMs: number, judgement: Judgement) => judgement);
  const note = judgementJournal(rollout);
  const quiet = quietNight(rollout, minMs);
  let startedAtMs = ports.clock.now();
  await watch(rollout, async (nowMs, spentMs) => {
    const weightNow = rollout.weight;
    const compared = await whole(rollout, await quiet(await judged(nowMs), nowMs));
    const seen = withMetrics(nowMs, compared);
    const ended = spentMs < strategy.settings.inconclusiveMs ? seen : inconclusive(seen, spentMs);
    // A limit of the user's own says by itself what is wrong.
    const isOverLimit = seen.outcome === 'abort' && compared.outcome !== 'abort';
    const judgement: JudgementWithCause = isOverLimit ? seen : hesitate(withCause(rollout, ended, nowMs - startedAtMs));
    note(judgement, { nowMs, weight: weightNow });
    if (judgement.outcome === 'promote') rollout.isOnceJudged = true;
    if (judgement.outcome !== 'abort') return judgement.outcome === 'promote';
    const { cause, sick, reason: why } = judgement;
    if (cause === 'replica' && sick !== undefined && (await replaceSick(rollout, { replica: sick, why }))) {
      if (weight === 100 && rollout.weight < 100)
        await shift(rollout, 100, 'with a replica in the place of the sick one');
      judged = begin();
      // Of the one in its place nothing is known yet.
      hesitate = hesitation(rollout);
      startedAtMs = ports.clock.now();
      return false;
    }
    throw new HarnessError(codeOf(judgement), {
      message: withHealth(rollout, judgement.reason),
      facts: {
        decidedAtMs: ports.clock.now(),
        ...exitFacts(rollout),
        ...(judgement.cause === undefined ? {} : { attribution: judgement.cause }),
      },
    });
  });
}

interface JudgementWithCause extends Judgement {
  readonly cause?: Attribution;
  /** The replica that has all of what is worse. */
  readonly sick?: string;
}

/** What leads back to stable, with whose fault it is: of the step, which has taken so long. A second sick replica in one rollout is the release's. */
function withCause(
  { traffic, replaced, ports }: RunningRollout,
  judgement: Judgement,
  forMs: number,
): JudgementWithCause {
  if (judgement.outcome !== 'abort') return judgement;
  const isStarved = ports.isStarved?.(forMs) ?? false;
  const facts = { ...traffic.attribution(judgement.isInconclusive !== true), isStarved };
  const cause = attribute(facts);
  const sick = cause === 'replica' ? sickReplica(facts)?.name : undefined;
  const isAgain = sick !== undefined && replaced !== undefined;
  const said = isAgain
    ? `attributed to the release: a sick replica was replaced, and now ${sick} fails as it did`
    : attributionText(facts);
  return {
    ...judgement,
    cause: isAgain ? 'version' : cause,
    ...(sick === undefined ? {} : { sick }),
    reason: said === undefined ? judgement.reason : `${judgement.reason}; ${said}`,
  };
}

/** Waits for some requests where it may be one replica of several that is sick, and the judge was quicker than that could show. */
function hesitation({ traffic }: RunningRollout): (judgement: JudgementWithCause) => JudgementWithCause {
  let untilRequests: number | undefined;
  return (judgement) => {
    if (judgement.cause !== 'version' || judgement.isInconclusive === true) return judgement;
    const suspect = suspectReplica(traffic.attribution(true));
    if (suspect === undefined) return judgement;
    const { requests } = traffic.totals().to;
    untilRequests ??= requests + MORE_REQUESTS;
    if (requests >= untilRequests) return judgement;
    const { cause: _, ...rest } = judgement;
    const reason = `${judgement.reason}; it may be ${suspect.name} alone, more requests will tell`;
    return { ...rest, outcome: 'hold', reason };
  };
}

/** One that is known to be of a replica, and of a service whose replicas nobody can replace, says nothing of the release. */
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

function judgementLine({ id }: RunningRollout, { outcome, reason, figures }: Judgement, weight: number): Observation {
  return { type: 'judgement', rollout: id, weight, outcome, reason, ...figures };
}
