import { formatDuration, formatNumber } from './format';
import type { FaultSpan } from './spans';

/** A fault's target as people write it: `payments → bank`. */
function targetName(target: string): string {
  return target.replace(/\s*(->|→|=>)\s*/g, ' → ');
}

function numberIn(detail: Readonly<Record<string, unknown>>, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = detail[key];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return undefined;
}

/** What a fault did, to stand after "while": "payments → bank was 200 ms slow". */
export function faultState(fault: Pick<FaultSpan, 'kind' | 'target' | 'detail'>): string {
  const target = targetName(fault.target);
  if (fault.kind === 'latency') {
    const delayMs = numberIn(fault.detail, 'delayMs', 'addedMs', 'latencyMs');
    return delayMs === undefined ? `${target} was slow` : `${target} was ${formatDuration(delayMs)} slow`;
  }
  return fault.kind === 'crash' ? `${target} was down` : `${target} suffered ${fault.kind}`;
}

/** A fault in two or three words, for a bar. */
export function faultLabel(fault: Pick<FaultSpan, 'kind' | 'target' | 'detail'>): string {
  const delayMs = fault.kind === 'latency' ? numberIn(fault.detail, 'delayMs', 'addedMs', 'latencyMs') : undefined;
  return `${fault.kind}${delayMs === undefined ? '' : ` +${formatNumber(delayMs)} ms`} · ${targetName(fault.target)}`;
}

/** The fields of a detail as text: `delayMs 200, jitterMs 0`. */
export function detailText(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
