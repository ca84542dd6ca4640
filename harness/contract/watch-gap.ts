import { z } from 'zod';
import type { Immutable } from './immutable';
import { momentMs } from './numbers';

/** A stretch of time (wall ms) in which nobody saw what the alerts did, and why. */
export const watchGap = z.strictObject({ fromMs: momentMs, toMs: momentMs, reason: z.string() });
export type WatchGap = Immutable<z.infer<typeof watchGap>>;

/** "nobody looked for 4000 ms: …", by the longest gap; empty without one. */
export function gapText(gaps: readonly WatchGap[]): string {
  const [longest] = [...gaps].sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  return longest === undefined
    ? ''
    : `nobody looked for ${Math.round(longest.toMs - longest.fromMs)} ms: ${longest.reason}`;
}
