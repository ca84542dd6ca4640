import type { Observation } from '../contract/observation';
import { HarnessError } from '../core/errors';
import type { Judgement } from './judge';
import { NONE_HANGING, type Hanging } from './counts';
import { openPhase, type Baseline, type Phase } from './phase';
import type { Rollout } from './rollout';
import { TICK_MS } from './until';

/** A judgement stands in the journal when it changes, and else this often, ms. */
const JUDGEMENT_EVERY_MS = 1_000;

/** How often the front is asked about the health of both revisions, ms. */
const HEALTH_EVERY_MS = 500;

/** How often the front is asked for the requests that hang, ms. */
const HANGING_EVERY_MS = 1_000;

/** Questions to the front that may fail in a row, as while it restarts. */
const CONSECUTIVE_ERROR_LIMIT = 4;

/** How long the new revision may be unusable before it is given up, ms. A restart of its container takes less. */
const DEAD_LIMIT_MS = 3_000;

export interface AnalysisOptions {
  /** Shortest time, ms. */
  readonly minMs: number;
  readonly deadlineAtMs: number;
  /** With the judge off, only time and health decide. */
  readonly judge: 'on' | 'off';
  readonly signal: AbortSignal | undefined;
  readonly baseline?: Baseline;
}

/**
 * Stays at the current weight until the judge promotes.
 * @throws HarnessError `release-rejected` (the judge aborts), `release-not-judged` (too little to judge by), `release-dead`,
 *   `deadline-passed`; the signal's reason
 */
export async function analyze(rollout: Rollout, options: AnalysisOptions): Promise<void> {
  const { ports, strategy, from, to, traffic } = rollout;
  const startedAtMs = ports.clock.now();
  const phase = openPhase({
    settings: strategy.settings,
    canary: to.label,
    stable: from.label,
    phases: strategy.steps.length,
    startedAtMs,
    minMs: options.minMs,
    warmupLeft: Math.max(0, strategy.settings.warmupRequests - traffic.totals().to.requests),
    ...(options.baseline === undefined ? {} : { baseline: options.baseline }),
  });
  traffic.listen(phase);
  const health = healthWatch(rollout);
  const judged = hangingWatch(rollout, phase);
  let writtenAtMs = -Infinity;
  let written: Judgement['outcome'] | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    const nowMs = ports.clock.now();
    if (nowMs >= options.deadlineAtMs) {
      throw new HarnessError('deadline-passed', {
        message: `the rollout did not end by its deadline, at weight ${rollout.weight} %`,
      });
    }
    if (options.judge === 'off') {
      if (nowMs - startedAtMs >= options.minMs) return;
    } else {
      const judgement = await judged(nowMs);
      if (judgement.outcome === 'abort') {
        // Written, but not waited for until it is on the disk: the switch back comes first.
        rollout.journal.append(judgementLine(rollout, judgement));
        rollout.judgements += 1;
        const code = judgement.isInconclusive === true ? 'release-not-judged' : 'release-rejected';
        throw new HarnessError(code, { message: judgement.reason, facts: { decidedAtMs: ports.clock.now() } });
      }
      if (judgement.outcome !== written || nowMs - writtenAtMs >= JUDGEMENT_EVERY_MS) {
        rollout.journal.append(judgementLine(rollout, judgement));
        rollout.judgements += 1;
        [written, writtenAtMs] = [judgement.outcome, nowMs];
      }
      if (judgement.outcome === 'promote') return;
    }
    await health(nowMs);
    await ports.clock.sleep(TICK_MS, options.signal);
  }
}

/** Tells the judge of the requests that hang: now and then, and always before it promotes. The front lists every open request for that. */
function hangingWatch(rollout: Rollout, phase: Phase): (nowMs: number) => Promise<Judgement> {
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
export async function hangingNow({ ports, service, from, to }: Rollout): Promise<Hanging> {
  const [onFrom = [], onTo = []] = await ports.hanging(service, [from, to]);
  return { from: onFrom, to: onTo };
}

function judgementLine(rollout: Rollout, judgement: Judgement): Observation {
  const { isInconclusive: _, ...told } = judgement;
  return { type: 'judgement', rollout: rollout.id, weight: rollout.weight, ...told };
}

function healthWatch(rollout: Rollout): (nowMs: number) => Promise<void> {
  let askedAtMs = -Infinity;
  let deadSinceMs: number | undefined;
  let failures = 0;
  const ask = async (): Promise<boolean | undefined> => {
    try {
      rollout.fromUsable = await rollout.ports.usable(rollout.from);
      const usable = await rollout.ports.usable(rollout.to);
      failures = 0;
      return usable;
    } catch (error) {
      failures += 1;
      if (failures > CONSECUTIVE_ERROR_LIMIT) throw error;
      return undefined;
    }
  };
  return async (nowMs) => {
    if (nowMs - askedAtMs < HEALTH_EVERY_MS) return;
    askedAtMs = nowMs;
    const usable = await ask();
    if (usable === true) deadSinceMs = undefined;
    if (usable !== false) return;
    deadSinceMs ??= nowMs;
    const deadMs = nowMs - deadSinceMs;
    if (deadMs < DEAD_LIMIT_MS) return;
    throw new HarnessError('release-dead', {
      message: `${rollout.to.label} was not usable for ${Math.round(deadMs)} ms at weight ${rollout.weight} % (limit ${DEAD_LIMIT_MS} ms)`,
      facts: { revision: rollout.to.label, deadMs },
    });
  };
}
