import { formatNumber } from './format';
import type { FaultSpan } from './spans';

/** A fault's target as people write it: `payments → bank`. */
function targetName(target: string): string {
  return target.replace(/\s*(->|→|=>)\s*/g, ' → ');
}

/** What a fault did, in its kind's own words, to stand after "while": "payments → bank was 200 ms slow". */
export function faultState(fault: Pick<FaultSpan, 'kind' | 'target' | 'detail'>): string {
  const { what } = fault.detail;
  return typeof what === 'string' ? targetName(what) : `${targetName(fault.target)} suffered ${fault.kind}`;
}

/** What was felt of a fault: "felt by 42 of 42 answers"; nothing where nobody counted. */
export function faultFelt({ felt }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof felt !== 'object' || felt === null) return undefined;
  const { felt: touched, of, unit } = felt as Readonly<Record<string, unknown>>;
  if (typeof touched !== 'number' || typeof of !== 'number' || typeof unit !== 'string') return undefined;
  return `felt by ${formatNumber(touched)} of ${formatNumber(of)} ${unit}`;
}

/** A fault in two or three words, for a bar. */
export function faultLabel(fault: Pick<FaultSpan, 'kind' | 'target' | 'detail'>): string {
  const { delayMs } = fault.detail;
  return `${fault.kind}${typeof delayMs === 'number' ? ` +${formatNumber(delayMs)} ms` : ''} · ${targetName(fault.target)}`;
}

/** The fields of a detail as text: `delayMs 200, jitterMs 0`; fractions with three digits. */
export function detailText(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .filter(([key]) => key !== 'felt' && key !== 'what')
    .map(([key, value]) => `${key} ${valueText(value)}`)
    .join(', ');
}

function valueText(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
