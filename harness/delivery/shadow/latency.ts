import { mannWhitneyGreater, smallestRankPValue } from '../../statistics/mann-whitney';
import { median } from '../../statistics/robust';
import type { LineOf } from '../../contract/observation';
import { latencyWindows } from '../judge/windows';
import type { RolloutSettings } from '../strategies/settings';

export type ShadowLatency = NonNullable<LineOf<'shadow'>['latency']>;

/** Of the same requests, answered by both: stable while it has its users, the new revision while it has none. */
export interface LatencyComparison {
  add(atMs: number, latencyMs: { readonly from: number; readonly to: number }): void;
  /** By windows of the same seconds; `undefined` while they are too few for anything to be seen. */
  compare(nowMs: number): ShadowLatency | undefined;
  /** Whether it is slower, at `latencyAlpha` and by more than the settings allow. */
  isSlower(latency: ShadowLatency): boolean;
}

export function latencyComparison(settings: RolloutSettings): LatencyComparison {
  const windows = latencyWindows(['from', 'to'], settings.windowMs);
  return {
    add(atMs, latencyMs) {
      windows.add('from', atMs, latencyMs.from);
      windows.add('to', atMs, latencyMs.to);
      windows.closeUntil(atMs);
    },
    compare(nowMs) {
      windows.closeUntil(nowMs);
      const [from, to] = [windows.of('from'), windows.of('to')].map((all) => all.map(({ medianMs }) => medianMs));
      if (from === undefined || to === undefined) return undefined;
      if (smallestRankPValue(to.length, from.length) >= settings.latencyAlpha) return undefined;
      const { pValue, shift } = mannWhitneyGreater(to, from);
      return { fromMs: median(from), toMs: median(to), shiftMs: shift, pValue, windows: from.length };
    },
    isSlower: ({ fromMs, shiftMs, pValue }) =>
      pValue < settings.latencyAlpha && shiftMs > Math.max(settings.latencyRiseMs, settings.latencyRiseRatio * fromMs),
  };
}
