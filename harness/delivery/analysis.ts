import type { Observation } from '../contract/observation';
import { HarnessError } from '../core/errors';
import type { Judgement } from './judge';
import { NONE_HANGING, type Hanging } from './counts';
import { openPhase, type Phase } from './phase';
import { lackOf, replicasNow } from './replicas';
import type { RunningRollout } from './rollout';
import type { Strategy } from './strategies/strategy';
import { watch } from './watch';

/** A judgement stands in the journal when it changes, and else this often, ms. */
const JUDGEMENT_EVERY_MS = 1_000;

/** How often the front is asked for the requests that hang, ms. */
const HANGING_EVERY_MS = 1_000;

/**
 * Stays at the current weight until the judge promotes, at least `minMs`. At weight 100 the new revision is held against the baseline.
 * @throws HarnessError `release-rejected` (the judge aborts), `release-not-judged` (too little to judge by), and as {@link watch}
 */
export async function analyze(rollout: RunningRollout, minMs: number): Promise<void> {
  const { ports, strategy, from, to, traffic, weight, baseline } = rollout;
  const phase = openPhase({
    settings: strategy.settings,
    canary: to.label,
    stable: from.label,
    phases: judgedSteps(strategy),
    startedAtMs: ports.clock.now(),
    minMs,
    warmupLeft: Math.max(0, strategy.settings.warmupRequests - traffic.totals().to.requests),
    ...(weight < 100 || baseline === undefined ? {} : { baseline }),
  });
  traffic.listen(phase);
  const judged = hangingWatch(rollout, phase);
  const note = judgementJournal(rollout);
  await watch(rollout, async (nowMs) => {
    const judgement = await whole(rollout, await judged(nowMs));
    note(judgement, nowMs);
    if (judgement.outcome !== 'abort') return judgement.outcome === 'promote';
    const code = judgement.isInconclusive === true ? 'release-not-judged' : 'release-rejected';
    throw new HarnessError(code, { message: judgement.reason, facts: { decidedAtMs: ports.clock.now() } });
  });
}

/** Nothing is promoted while a replica that was asked for is missing; that one is sick is no reason to go back either. */
async function whole(rollout: RunningRollout, judgement: Judgement): Promise<Judgement> {
  if (judgement.outcome !== 'promote') return judgement;
  const lack = await replicasNow(rollout).then(lackOf, () => undefined);
  return lack === undefined ? judgement : { ...judgement, outcome: 'hold', reason: `${lack}; ${judgement.reason}` };
}

/** The steps of a strategy that are judged: they share the probability of a false alarm. */
export function judgedSteps({ steps }: Strategy): number {
  return steps.filter(({ isJudged }) => isJudged).length;
}

/** Writes what the judge says, when that changes and now and then. Never waited for until it is on the disk: a switch back comes first. */
function judgementJournal(rollout: RunningRollout): (judgement: Judgement, nowMs: number) => void {
  let writtenAtMs = -Infinity;
  let written: Judgement['outcome'] | undefined;
  return (judgement, nowMs) => {
    if (judgement.outcome === written && nowMs - writtenAtMs < JUDGEMENT_EVERY_MS) return;
    rollout.journal.append(judgementLine(rollout, judgement));
    rollout.judgements += 1;
    [written, writtenAtMs] = [judgement.outcome, nowMs];
  };
}

/** Tells the judge of the requests that hang: now and then, and always before it promotes. The front lists every open request for that. */
function hangingWatch(rollout: RunningRollout, phase: Phase): (nowMs: number) => Promise<Judgement> {
  let askedAtMs = rollout.ports.clock.now();
  return async (nowMs) => {
    const judgement = phase.judgement(nowMs, NONE_HANGING);
    const isDue = nowMs - askedAtMs >= HANGING_EVERY_MS;
    // What is decided waits for no answer of the front.
    if (judgement.outcome === 'abort' || (judgement.outcome === 'hold' && !isDue)) return judgement;
    askedAtMs = nowMs;
    const hanging = await hangingNow(rollout).catch(() => undefined);
    if (hanging !== undefined) return phase.judgement(nowMs, hanging);
    // A front that goes on not answering ends the rollout by its health.
    return { ...judgement, outcome: 'hold', reason: `${judgement.reason}; the front does not answer` };
  };
}

/** Requests on each side that the front has had open for a second or more. */
export async function hangingNow({ ports, service, from, to }: RunningRollout): Promise<Hanging> {
  const [onFrom = [], onTo = []] = await ports.hanging(service, [from, to]);
  return { from: onFrom, to: onTo };
}

function judgementLine(rollout: RunningRollout, judgement: Judgement): Observation {
  const { isInconclusive: _, ...told } = judgement;
  return { type: 'judgement', rollout: rollout.id, weight: rollout.weight, ...told };
}
