import type { TrafficCounts } from '../contract/observation';
import type { Outage } from '../contract/rollout-result';
import { noTraffic } from './counts';
import type { Baseline, Phase } from './phase';
import { outageWatch } from './outages';
import type { RequestSample } from './ports';
import { latencyWindows } from './windows';

/** With fewer windows of stable a rank test is blunt: after a short step, earlier ones are taken too. */
const WINDOWS_MIN = 20;

/** Everything the front says during a rollout, and the phase that listens to it. */
export interface TrafficWatch {
  /** Takes one request. */
  readonly onSample: (sample: RequestSample) => void;
  /** Who gets the samples from now on. */
  listen(phase: Phase | undefined): void;
  /** Stable is measured from now on: what it did earlier is no measure for what comes. */
  measureStable(): void;
  /** What stable has done since; the latencies of at least 20 windows, where there are as many. */
  baseline(nowMs: number): Omit<Baseline, 'hanging'>;
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
  readonly windowMs: number;
}): TrafficWatch {
  const { from, to } = options;
  const counts = { from: noTraffic(), to: noTraffic() };
  let before = noTraffic();
  const windows = latencyWindows([from], options.windowMs);
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
  return {
    onSample(sample) {
      countEpoch(sample);
      outages.add(sample);
      const side = sample.revision === to ? 'to' : sample.revision === from ? 'from' : undefined;
      if (side === undefined) return;
      counts[side].requests += 1;
      if (sample.error) counts[side].errors += 1;
      if (sample.clientError) counts[side].clientErrors += 1;
      if (side === 'to') {
        lastStartMs = Math.max(lastStartMs ?? 0, sample.startedAtMs);
        if (sample.error) firstBadMs = Math.min(firstBadMs ?? Infinity, sample.endedAtMs);
      } else if (!sample.error && sample.latencyMs !== undefined) {
        windows.add(from, sample.endedAtMs, sample.latencyMs);
      }
      windows.closeUntil(sample.endedAtMs);
      phase?.add(sample);
    },
    listen: (next) => {
      phase = next;
    },
    measureStable() {
      before = { ...counts.from };
      windowsBefore = windows.of(from).length;
    },
    baseline(nowMs) {
      windows.closeUntil(nowMs);
      const all = windows.of(from);
      const first = Math.max(0, Math.min(windowsBefore, all.length - WINDOWS_MIN));
      const since = {
        requests: counts.from.requests - before.requests,
        errors: counts.from.errors - before.errors,
        clientErrors: counts.from.clientErrors - before.clientErrors,
      };
      return { counts: since, windows: all.slice(first) };
    },
    outageBegins: (atMs) => outages.begins(atMs),
    nobodyServes: (atMs) => outages.nobodyServes(atMs),
    outages: () => outages.all(),
    totals: () => ({ from: { ...counts.from }, to: { ...counts.to } }),
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
