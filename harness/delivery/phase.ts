import type { TrafficCounts } from '../core/events';
import { lookSchedule } from '../verdict/statistics/repeated-looks';
import { canJudgeLatency, judge, type Judgement } from './judge';
import type { RequestSample } from './ports';
import type { RolloutSettings } from './strategies/strategy';
import { latencyWindows, type WindowSummary } from './windows';

/** What stable did before it lost its last traffic: the measure at weight 100. */
export interface Baseline {
  readonly counts: TrafficCounts;
  readonly windows: readonly WindowSummary[];
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
  /** Given at weight 100. */
  readonly baseline?: Baseline;
}

/** The samples of one weight, and the judge's view of them. */
export interface Phase {
  add(sample: RequestSample): void;
  judgement(nowMs: number): Judgement;
}

/** The first look at errors; five failures out of five are enough. */
const FIRST_LOOK = 5;

/** Opens a phase: the time at one weight. Counts start anew, because the weight decides which seconds weigh how much. */
export function openPhase(options: PhaseOptions): Phase {
  const { settings, canary, stable, baseline, phases } = options;
  const counts = { canary: { requests: 0, errors: 0 }, stable: { requests: 0, errors: 0 } };
  const windows = latencyWindows(baseline === undefined ? [canary, stable] : [canary], settings.windowMs);
  const errorLooks = lookSchedule(FIRST_LOOK, FIRST_LOOK);
  const latencyLooks = lookSchedule(1, 1);
  let warmupLeft = options.warmupLeft;
  let last: Judgement | undefined;
  let errorsSeenAt = 0;

  const look = (nowMs: number, force = false): Judgement => {
    windows.closeUntil(nowMs);
    const canaryWindows = windows.of(canary);
    const stableWindows = baseline?.windows ?? windows.of(stable);
    const [m, n] = [canaryWindows.length, stableWindows.length];
    if (force) errorLooks.take(counts.canary.requests);
    const errorsDue = force || errorLooks.due(counts.canary.requests);
    if (errorsDue) errorsSeenAt = counts.canary.requests;
    const comparable = latencyLooks.look > 0 || canJudgeLatency(settings, phases, 1, m, n);
    const latencyDue = comparable && latencyLooks.due(m);
    const now = { canary: { ...counts.canary }, stable: baseline?.counts ?? { ...counts.stable } };
    // Between looks the latest one stands, with its own counts. Before the first, there is only traffic to tell of.
    if (last !== undefined && errorLooks.look > 0 && !errorsDue && !latencyDue) return last;
    const errors = { count: errorLooks.look, due: errorsDue };
    const latency = { count: latencyLooks.look, due: latencyDue };
    return {
      ...figuresOf(last),
      ...judge({ ...now, canaryWindows, stableWindows, phases, errors, latency }, settings),
    };
  };

  return {
    add(sample) {
      if (sample.startedAtMs < options.startedAtMs) return;
      const side = sample.revision === canary ? 'canary' : sample.revision === stable ? 'stable' : undefined;
      if (side === undefined) return;
      counts[side].requests += 1;
      if (sample.error) counts[side].errors += 1;
      if (side === 'canary') warmupLeft -= 1;
      if (warmupLeft >= (side === 'canary' ? 0 : 1)) return;
      // Failures are often fast, and would hide a slow revision.
      if (!sample.error && sample.latencyMs !== undefined)
        windows.add(sample.revision, sample.endedAtMs, sample.latencyMs);
    },
    judgement(nowMs) {
      last = look(nowMs);
      const elapsedMs = nowMs - options.startedAtMs;
      if (last.outcome === 'promote') {
        if (elapsedMs < options.minMs) return { ...last, outcome: 'hold' };
        // The looks are far apart by now, and one may have been at latency alone: what came since the latest at errors is looked at.
        if (counts.canary.requests > errorsSeenAt) last = look(nowMs, true);
      }
      if (last.outcome !== 'hold' || elapsedMs < settings.inconclusiveMs) return last;
      return {
        ...last,
        outcome: 'abort',
        isInconclusive: true,
        reason: `inconclusive after ${Math.round(elapsedMs / 1_000)} s: ${last.reason}`,
      };
    },
  };
}

/** The latest p-values stand until the next look. */
function figuresOf(last: Judgement | undefined): Partial<Judgement> {
  const { outcome: _outcome, reason: _reason, ...figures } = last ?? { outcome: undefined, reason: undefined };
  return figures;
}
