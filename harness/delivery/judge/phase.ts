import { NO_TRAFFIC, type TrafficCounts } from '../../contract/traffic-counts';
import { TextCounts } from '../../core/text-counts';
import { lookSchedule } from '../../statistics/repeated-looks';
import { fisherExactGreater } from '../../statistics/fisher';
import { withFailures, withSample, type Hanging } from './counts';
import { canJudgeLatency, comparison, errorLevel, judge, type Evidence, type Judgement } from './judge';
import type { SlowCounts } from '../../contract/slow-answers';
import type { RequestSample } from '../ports';
import { sameSeconds, type SameSeconds } from './same-seconds';
import { slowBaseline, slowLimitMs, slowTail, type Side, type SlowBaseline } from './slow-tail';
import type { RolloutSettings } from '../strategies/settings';
import { latencyWindows, type WindowSummary } from './windows';

/** What stable did before it lost its last traffic: the measure at weight 100. */
export interface Baseline {
  readonly counts: TrafficCounts;
  readonly windows: readonly WindowSummary[];
  /** Absent when it had answered too little to say what is slow. */
  readonly slow?: SlowBaseline;
  /** Ages of its requests that had been open for a second or more, s. */
  readonly hanging: readonly number[];
}

export interface PhaseOptions {
  readonly settings: RolloutSettings;
  /** Revision labels. */
  readonly canary: string;
  readonly stable: string;
  /** Judged phases of the rollout. */
  readonly phases: number;
  /** Only requests that started at this time or later count: both revisions are compared over the same seconds. */
  readonly startedAtMs: number;
  /** Shortest time before promotion, ms. */
  readonly minMs: number;
  /** Requests on the canary that still count as warm-up. */
  readonly warmupLeft: number;
  /** Latencies of stable from before the phase, ms: what is slow follows from them. */
  readonly stableLatenciesMs: readonly number[];
  /** What the rollout has shown so far, where both have traffic. Default: nothing. */
  readonly sameSeconds?: SameSeconds;
  /** Given at weight 100. */
  readonly baseline?: Baseline;
  /** Whether nothing but its being worse speaks against the new revision: after `minMs` no more evidence is waited for. Default false. */
  readonly isTrusted?: boolean;
}

/** The samples of one weight, and the judge's view of them. */
export interface Phase {
  /** Takes one request, or what it is now in the place of what was told of it before. */
  add(sample: RequestSample, replaces?: RequestSample): void;
  /** What stable has done in it. */
  stable(): Omit<Baseline, 'hanging'>;
  judgement(nowMs: number, hanging: Hanging): Judgement;
}

/** The first look at errors; five failures out of five are enough. */
export const FIRST_LOOK = 5;

/** Nothing is promoted on what was seen so long ago, ms, unless requests are that rare. */
const SILENCE_MS = 3_000;

/** A request without an answer for so long, s, is as good as failed: whoever asked has given up, or soon will. */
const STUCK_S = 5;

/** Between requests of a service with little traffic, a pause this many times the usual one is no silence. */
const SILENCE_INTERVALS = 10;

/**
 * Opens a phase: the time at one weight. Counts start anew, because the weight decides which seconds weigh how much; what they show of errors
 * adds to what the phases before have shown.
 */
export function openPhase(options: PhaseOptions): Phase {
  const { settings, canary, stable, baseline, phases } = options;
  const counts: Record<Side, TrafficCounts> = { canary: NO_TRAFFIC, stable: NO_TRAFFIC };
  const wrong = new TextCounts();
  const limitMs = baseline === undefined ? slowLimitMs(options.stableLatenciesMs, settings) : baseline.slow?.limitMs;
  const tail = slowTail(limitMs, settings);
  const windows = latencyWindows(baseline === undefined ? [canary, stable] : [canary], settings.windowMs);
  const evidence = options.sameSeconds ?? sameSeconds(settings);
  evidence.close();
  let blocksSeen = evidence.blocks;
  const errorLooks = lookSchedule(FIRST_LOOK, FIRST_LOOK);
  const latencyLooks = lookSchedule(1, 1);
  let warmupLeft = options.warmupLeft;
  let last: Judgement | undefined;
  let errorsSeenAt = 0;
  let slowSeen: Pick<Evidence, 'slow' | 'slowInAll'> = {};
  let hangingLooks = 0;
  let latestMs = options.startedAtMs;
  let isTimed = true;

  const look = (nowMs: number, force = false): Judgement => {
    windows.closeUntil(nowMs);
    const canaryWindows = windows.of(canary);
    const stableWindows = baseline?.windows ?? windows.of(stable);
    const [m, n] = [canaryWindows.length, stableWindows.length];
    if (force) {
      errorLooks.take(counts.canary.requests);
      evidence.close();
    }
    const isNew = evidence.blocks > blocksSeen;
    blocksSeen = evidence.blocks;
    const errorsDue = force || errorLooks.due(counts.canary.requests);
    if (errorsDue) errorsSeenAt = counts.canary.requests;
    // A doubt stands until the next look: looked at with each block, chance would clear it sooner or later.
    if (errorsDue) slowSeen = slowAnswers();
    const comparable = latencyLooks.look > 0 || canJudgeLatency(settings, phases, 1, m, n);
    const latencyDue = comparable && latencyLooks.due(m);
    const now = { canary: counts.canary, stable: baseline?.counts ?? counts.stable };
    // Between looks the latest one stands, with its own counts. Before the first, there is only traffic to tell of.
    if (last !== undefined && errorLooks.look > 0 && !errorsDue && !latencyDue && !isNew) return last;
    const errors = { count: errorLooks.look, due: errorsDue };
    const latency = { count: latencyLooks.look, due: latencyDue };
    const judgement = judge(
      {
        ...{ ...now, canaryWindows, stableWindows, phases, errors, latency },
        ...slowSeen,
        wrongBecause: wrong.all().map(([reason]) => reason),
        isSameSeconds: baseline === undefined,
        isTimed,
        sameSeconds: evidence,
      },
      settings,
    );
    // The latest p-values stand until the next look.
    return { ...judgement, figures: { ...last?.figures, ...judgement.figures } };
  };

  const slowAnswers = (): Pick<Evidence, 'slow' | 'slowInAll'> => {
    if (baseline !== undefined) {
      return baseline.slow === undefined ? {} : { slow: { ...baseline.slow, canary: tail.of('canary') } };
    }
    const { limitMs } = tail;
    if (limitMs === undefined) return {};
    const of = (counts: (side: Side) => SlowCounts) => ({
      limitMs,
      canary: counts('canary'),
      stable: counts('stable'),
    });
    return { slow: of((side) => tail.of(side)), slowInAll: of((side) => tail.inAll(side)) };
  };

  /** Whether something came since the latest look at errors. */
  const isUnseen = (): boolean => counts.canary.requests > errorsSeenAt || (baseline === undefined && evidence.isOpen);

  /** Why what was seen so far is not all there is to see; `undefined` when it is. */
  const silence = (nowMs: number): string | undefined => {
    const silentMs = nowMs - latestMs;
    const usualMs = (latestMs - options.startedAtMs) / Math.max(1, counts.canary.requests);
    if (silentMs <= Math.max(SILENCE_MS, SILENCE_INTERVALS * usualMs)) return undefined;
    return `no request on the new revision was told of for ${Math.round(silentMs / 1_000)} s`;
  };

  /** The chance that as many requests hang on the new revision as do, were it like stable; those count as failed. */
  const hangingPValue = (onCanary: number, onStable: number): number =>
    fisherExactGreater(
      withFailures(counts.canary, onCanary),
      withFailures(baseline?.counts ?? counts.stable, onStable),
    );

  /**
   * A request that hangs is told of only when it ends, which may be in a minute: until then it stands for a failed one. Not for long enough
   * to abort, it may still be one of the first of a cold process: reason enough to wait.
   */
  const withHanging = (judgement: Judgement, hanging: Hanging, elapsedMs: number): Judgement => {
    const from = baseline?.hanging ?? hanging.from;
    const isLong = (age: number) => age >= STUCK_S;
    // What began before the phase was routed by another weight, and says nothing of the same seconds.
    const isOfPhase = (age: number) => (age + 1) * 1_000 <= elapsedMs;
    const stuck = hanging.to.filter((age) => isLong(age) && isOfPhase(age)).length;
    const stuckOnStable = from.filter((age) => isLong(age) && (baseline !== undefined || isOfPhase(age))).length;
    const told = (canary: number, stable: number, age: number) =>
      `requests hang: ${canary} on the new revision have had no answer for ${age} s, ${stable} on stable`;
    if (judgement.outcome !== 'abort' && stuck > 0) {
      hangingLooks += 1;
      const p = hangingPValue(stuck, stuckOnStable);
      const level = errorLevel(settings, phases, hangingLooks);
      const reason = `${told(stuck, stuckOnStable, STUCK_S)} (${comparison(p, level, hangingLooks)})`;
      if (p < level) return { outcome: 'abort', reason, figures: { ...judgement.figures, errorPValue: p } };
    }
    if (judgement.outcome !== 'promote' || hanging.to.length === 0) return judgement;
    if (hangingPValue(hanging.to.length, from.length) >= settings.errorAlpha) return judgement;
    return { ...judgement, outcome: 'hold', reason: `${judgement.reason}; ${told(hanging.to.length, from.length, 1)}` };
  };

  /** Whether it was a slow one; `undefined` where how long it took does not count. */
  const takeTime = (side: Side, sample: RequestSample): boolean | undefined => {
    // One revision had to answer for the other beside its own share: for so long neither had the load that it is compared at.
    if (sample.servedBy !== undefined && sample.servedBy !== sample.revision) {
      const untilMs = sample.endedAtMs + settings.windowMs;
      windows.spoil(sample.startedAtMs, untilMs);
      tail.spoil(sample.startedAtMs, untilMs);
    }
    if (!sample.error && sample.latencyMs === undefined) isTimed = false;
    if (side === 'canary') latestMs = Math.max(latestMs, sample.endedAtMs);
    if (side === 'canary') warmupLeft -= 1;
    if (warmupLeft >= (side === 'canary' ? 0 : 1)) return undefined;
    // Failures are often fast, and would hide a slow revision.
    const { error, endedAtMs, latencyMs } = sample;
    if (error || latencyMs === undefined) return undefined;
    windows.add(sample.revision, endedAtMs, latencyMs);
    return tail.add(side, { endedAtMs, latencyMs });
  };

  return {
    add(sample, replaces) {
      if (sample.startedAtMs < options.startedAtMs) return;
      const side = sample.revision === canary ? 'canary' : sample.revision === stable ? 'stable' : undefined;
      if (side === undefined) return;
      counts[side] = withSample(counts[side], sample, replaces);
      if (side === 'canary' && sample.wrong !== undefined) wrong.add(sample.wrong);
      // That it was wrong changes nothing of how long it took.
      const isSlow = replaces === undefined ? takeTime(side, sample) : undefined;
      if (baseline === undefined) evidence.add(side, sample, isSlow);
    },
    stable: () => ({ counts: counts.stable, windows: windows.of(stable), ...slowBaseline(tail) }),
    judgement(nowMs, hanging) {
      last = look(nowMs);
      // Before anybody relies on what is known, what came since the latest look is looked at too.
      if (last.known !== undefined && isUnseen() && silence(nowMs) !== undefined) last = look(nowMs, true);
      const isEarly = nowMs - options.startedAtMs < options.minMs;
      if (last.outcome === 'promote' && !isEarly) {
        // The looks are far apart by now, and one may have been at latency alone: what came since the latest at errors is looked at.
        if (isUnseen()) last = look(nowMs, true);
        const doubt = last.outcome === 'promote' ? silence(nowMs) : undefined;
        if (doubt !== undefined)
          last = {
            ...last,
            outcome: 'hold',
            known: 'errors and latency',
            reason: `${last.reason}; ${doubt}`,
          };
      }
      if (options.isTrusted === true && !isEarly && last.outcome === 'hold') {
        // What was not looked at yet may be what speaks against it.
        if (counts.canary.requests > errorsSeenAt) last = look(nowMs, true);
        if (last.outcome === 'hold')
          last = { ...last, outcome: 'promote', reason: `${last.reason}; it was stable before` };
      }
      const seen = withHanging(last, hanging, nowMs - options.startedAtMs);
      if (last.outcome === 'promote' && isEarly && seen.outcome !== 'abort') return { ...seen, outcome: 'hold' };
      last = seen;
      return last;
    },
  };
}
