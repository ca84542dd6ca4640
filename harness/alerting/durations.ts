import { HarnessError } from '../core/errors';

const UNITS: readonly (readonly [string, number])[] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** Ms as Prometheus writes a duration, in the largest unit that keeps it whole: 90 000 is `90s`, 1 500 is `1500ms`. */
export function formatDuration(durationMs: number): string {
  for (const [unit, unitMs] of UNITS) {
    if (durationMs >= unitMs && durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`;
  }
  return `${durationMs}ms`;
}

/** Parses a Prometheus duration such as `1m30s` or `500ms` into ms. Throws `duration-invalid`. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) {
    throw new HarnessError('duration-invalid', {
      message: `"${text}" is not a duration that Prometheus understands`,
      facts: { text },
      hint: 'Write whole numbers with units, largest first: 1m30s, 500ms.',
    });
  }
  return parts.reduce((sum, [, count = '0', unit = 'ms']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
}

/** A duration divided by the compression factor, in whole ms. */
export function compress(durationMs: number, factor: number): number {
  return Math.round(durationMs / factor);
}
