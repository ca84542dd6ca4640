import type { TrafficCounts } from '../core/events';
import type { Baseline, Phase } from './phase';
import type { RequestSample } from './ports';
import { latencyWindows } from './windows';

/** Everything the front says during a rollout, and the phase that listens to it. */
export interface TrafficWatch {
  /** Takes one request. */
  readonly onSample: (sample: RequestSample) => void;
  /** Who gets the samples from now on. */
  listen(phase: Phase | undefined): void;
  /** What stable has done up to now. */
  baseline(nowMs: number): Baseline;
  totals(): { readonly from: TrafficCounts; readonly to: TrafficCounts };
  /** End of the first request that failed on the new revision. */
  firstBadResponseAtMs(): number | undefined;
  /** Start of the last request on the new revision. */
  lastStartOnNewAtMs(): number | undefined;
}

/** Opens a watch over two revisions, by label. */
export function trafficWatch(options: {
  readonly from: string;
  readonly to: string;
  readonly windowMs: number;
}): TrafficWatch {
  const { from, to } = options;
  const counts = { from: { requests: 0, errors: 0 }, to: { requests: 0, errors: 0 } };
  const windows = latencyWindows([from], options.windowMs);
  let phase: Phase | undefined;
  let firstBadMs: number | undefined;
  let lastStartMs: number | undefined;
  return {
    onSample(sample) {
      const side = sample.revision === to ? 'to' : sample.revision === from ? 'from' : undefined;
      if (side === undefined) return;
      counts[side].requests += 1;
      if (sample.error) counts[side].errors += 1;
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
    baseline(nowMs) {
      windows.closeUntil(nowMs);
      return { counts: { ...counts.from }, windows: [...windows.of(from)] };
    },
    totals: () => ({ from: { ...counts.from }, to: { ...counts.to } }),
    firstBadResponseAtMs: () => firstBadMs,
    lastStartOnNewAtMs: () => lastStartMs,
  };
}
