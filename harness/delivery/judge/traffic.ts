import type { Outage, RolloutResult } from '../../contract/rollout-result';
import { NO_TRAFFIC, type TrafficCounts } from '../../contract/traffic-counts';
import { TextCounts } from '../../core/text-counts';
import type { AttributionFacts } from './attribution';
import { attributionWatch } from './attribution-watch';
import { withSample } from './counts';
import type { Baseline, Phase } from './phase';
import { outageWatch } from '../outages';
import type { RequestSample } from '../ports';
import { sameSeconds, type SameSeconds } from './same-seconds';
import { slowBaseline, slowLimitMs, slowTail, type SlowTail } from './slow-tail';
import type { RolloutSettings } from '../strategies/settings';
import { latencyWindows } from './windows';

/** With fewer windows of stable a rank test is blunt: after a short step, earlier ones are taken too. */
const WINDOWS_MIN = 20;

/** Enough for a 99th percentile. More would reach back to when the new revision booted, which makes its neighbours on the machine slow. */
const LATENCIES_KEPT = 1_000;

/** Everything the front says during a rollout, and the phase that listens to it. */
export interface TrafficWatch {
  /** Takes one request, or what it is now in the place of what was told of it before. */
  readonly onSample: (sample: RequestSample, replaces?: RequestSample) => void;
  /** Who gets the samples from now on. */
  listen(phase: Phase | undefined): void;
  /** Of all the seconds in which both revisions had traffic. */
  readonly sameSeconds: SameSeconds;
  /** Whose fault it is, when the judge has found the new revision worse, or cannot say. */
  attribution(isWorse: boolean): AttributionFacts;
  /** Stable is measured from now on, unless it is already: what it did earlier is no measure for what comes. */
  measureStable(): void;
  /** What stable has done since; the latencies of at least 20 windows, where there are as many. */
  baseline(nowMs: number): Omit<Baseline, 'hanging'>;
  /** When the latest answer ended, whoever gave it; `undefined` before the first. */
  lastAnswerAtMs(): number | undefined;
  /** Whether it is known how long what was right took. */
  isTimed(): boolean;
  /** The latest of stable's latencies, ms. */
  stableLatenciesMs(): readonly number[];
  /** Why the load found answers of the new revision wrong. */
  wrongAnswers(): RolloutResult['wrongAnswers'];
  totals(): { readonly from: TrafficCounts; readonly to: TrafficCounts };
  /** End of the first request that failed on the new revision. */
  firstBadResponseAtMs(): number | undefined;
  /** Start of the last request on the new revision. */
  lastStartOnNewAtMs(): number | undefined;
  /** Requests that were routed in an epoch or a later one: all, and those that the new revision was chosen for or served. */
  routedSince(epoch: number): { readonly requests: number; readonly toNew: number };
  /** Whoever serves is taken out of the front at this time, and nobody takes its place yet. */
  outageBegins(atMs: number): void;
  /** What was under way has ended: whoever answers a request that came later ends the outage. */
  nobodyServes(atMs: number): void;
  outages(): readonly Outage[];
}

/** Opens a watch over two revisions, by label. */
export function trafficWatch(options: {
  readonly from: string;
  readonly to: string;
  readonly settings: RolloutSettings;
}): TrafficWatch {
  const { from, to, settings } = options;
  const counts: { from: TrafficCounts; to: TrafficCounts } = { from: NO_TRAFFIC, to: NO_TRAFFIC };
  const wrong = new TextCounts();
  let stableLatenciesMs: number[] = [];
  let tail: SlowTail | undefined;
  const evidence = sameSeconds(settings);
  const attribution = attributionWatch();
  let lastAnswerMs: number | undefined;
  let before = NO_TRAFFIC;
  const windows = latencyWindows([from], settings.windowMs);
  let windowsBefore = 0;
  let phase: Phase | undefined;
  let firstBadMs: number | undefined;
  let lastStartMs: number | undefined;
  const epochs = new Map<number, { requests: number; toNew: number }>();
  const countEpoch = ({ epoch, revision, servedBy }: RequestSample) => {
    if (epoch === undefined) return;
    const { requests, toNew } = epochs.get(epoch) ?? { requests: 0, toNew: 0 };
    const isOnNew = revision === to || servedBy === to;
    epochs.set(epoch, { requests: requests + 1, toNew: toNew + (isOnNew ? 1 : 0) });
  };
  const outages = outageWatch();
  let isTimed = true;
  const measure = ({ error, endedAtMs, latencyMs }: RequestSample) => {
    if (!error && latencyMs === undefined) isTimed = false;
    if (error || latencyMs === undefined) return;
    windows.add(from, endedAtMs, latencyMs);
    tail?.add('stable', { endedAtMs, latencyMs });
    stableLatenciesMs.push(latencyMs);
    if (stableLatenciesMs.length >= 2 * LATENCIES_KEPT) stableLatenciesMs = stableLatenciesMs.slice(-LATENCIES_KEPT);
  };
  return {
    onSample(sample, replaces) {
      lastAnswerMs = Math.max(lastAnswerMs ?? 0, sample.endedAtMs);
      if (replaces === undefined) {
        countEpoch(sample);
        outages.add(sample);
      }
      const side = sample.revision === to ? 'to' : sample.revision === from ? 'from' : undefined;
      if (side === undefined) return;
      attribution.add(side === 'to' ? 'canary' : 'stable', sample, replaces);
      counts[side] = withSample(counts[side], sample, replaces);
      if (side === 'to') {
        lastStartMs = Math.max(lastStartMs ?? 0, sample.startedAtMs);
        if (sample.error) firstBadMs = Math.min(firstBadMs ?? Infinity, sample.endedAtMs);
        if (sample.wrong !== undefined) wrong.add(sample.wrong);
      } else {
        if (replaces === undefined) measure(sample);
        if (phase === undefined) evidence.addBefore(sample);
      }
      windows.closeUntil(sample.endedAtMs);
      phase?.add(sample, replaces);
    },
    listen: (next) => {
      phase = next;
      if (next !== undefined) attribution.begin();
    },
    sameSeconds: evidence,
    attribution: (isWorse) => attribution.facts(isWorse),
    measureStable() {
      if (tail !== undefined) return;
      before = counts.from;
      windowsBefore = windows.of(from).length;
      tail = slowTail(slowLimitMs(stableLatenciesMs, settings), settings);
    },
    baseline(nowMs) {
      windows.closeUntil(nowMs);
      const all = windows.of(from);
      const first = Math.max(0, Math.min(windowsBefore, all.length - WINDOWS_MIN));
      const { requests, errors, clientErrors } = counts.from;
      const since = {
        requests: requests - before.requests,
        errors: errors - before.errors,
        clientErrors: clientErrors - before.clientErrors,
      };
      return { counts: since, windows: all.slice(first), ...slowBaseline(tail) };
    },
    outageBegins: (atMs) => outages.begins(atMs),
    nobodyServes: (atMs) => outages.nobodyServes(atMs),
    outages: () => outages.all(),
    lastAnswerAtMs: () => lastAnswerMs,
    isTimed: () => isTimed,
    stableLatenciesMs: () => stableLatenciesMs.slice(-LATENCIES_KEPT),
    wrongAnswers: () => {
      const all = wrong.all().map(([reason, count]) => ({ reason, count }));
      return all.length === 0 ? undefined : all;
    },
    totals: () => ({ ...counts }),
    firstBadResponseAtMs: () => firstBadMs,
    lastStartOnNewAtMs: () => lastStartMs,
    routedSince(epoch) {
      const since = [...epochs].filter(([own]) => own >= epoch).map(([, counts]) => counts);
      return {
        requests: since.reduce((sum, { requests }) => sum + requests, 0),
        toNew: since.reduce((sum, { toNew }) => sum + toNew, 0),
      };
    },
  };
}
