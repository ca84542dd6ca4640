import type { Judgement } from './judge';
import { hangingNow } from './listening';
import type { RunningRollout } from '../rollout';

/** So long nobody asked either revision for anything, ms: the traffic has ended, for now. */
const QUIET_MS = 30_000;

/** How often our own probes are tried then, ms. */
const PROBES_EVERY_MS = 5_000;

/** How long the front may take to tell of a request of our own, ms. */
const TOLD_WITHIN_MS = 2_000;

/**
 * What the judge says once nobody asks for anything any more. A release of which all is known that was to be known, and whose traffic ends in
 * the middle of a step, need not wait for the morning: requests of our own go through the front, which has to tell of them (else it is its
 * lines that are missing, and not the traffic), and nobody but the two revisions answers; with all of the traffic, the new one alone.
 * Where the evidence is not complete, it stays as it was: no data is no success.
 */
export function quietNight(
  rollout: RunningRollout,
  minMs: number,
): (judgement: Judgement, nowMs: number) => Promise<Judgement> {
  const { ports, service, from, to, traffic, weight } = rollout;
  const sinceMs = ports.clock.now();
  let triedAtMs = -Infinity;
  return async (judgement, nowMs) => {
    const quietMs = nowMs - (traffic.lastAnswerAtMs() ?? Infinity);
    const isComplete =
      judgement.known === 'errors and latency' || (judgement.known === 'errors' && rollout.isOnceJudged);
    if (judgement.outcome !== 'hold' || !isComplete || quietMs < QUIET_MS || nowMs - sinceMs < minMs) return judgement;
    if (nowMs - triedAtMs < PROBES_EVERY_MS) return judgement;
    triedAtMs = nowMs;
    const answeredBy = await ownProbes().catch(() => []);
    const allowed = weight === 100 ? [to.label] : [from.label, to.label];
    if (answeredBy.length === 0 || !answeredBy.every((label) => allowed.includes(label))) return judgement;
    const probes = `${answeredBy.length} probes of our own were answered by ${[...new Set(answeredBy)].join(' and ')}`;
    const reason = `nobody has asked for anything for ${Math.round(quietMs / 1_000)} s; ${probes}; ${judgement.reason}`;
    return { ...judgement, outcome: 'promote', reason };
  };

  async function ownProbes(): Promise<readonly string[]> {
    // Requests without an answer are no silence.
    const { from: onFrom, to: onTo } = await hangingNow(rollout);
    if (onFrom.length + onTo.length > 0 || !(await ports.usable(to))) return [];
    const isTold = await ports.caughtUp(service, { timeoutMs: TOLD_WITHIN_MS });
    return isTold ? ports.probe(service) : [];
  }
}
