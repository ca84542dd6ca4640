const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const THREE_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const TWO_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

/** A whole number with thousands apart: `5,412`. */
export function formatCount(value: number): string {
  return WHOLE.format(value);
}

/** "1 request", "11 requests". */
export function formatPlural(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A number with at most three significant digits, and none lost above 100. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return 'no data';
  const size = Math.abs(value);
  if (size >= 100 || value === 0) return formatCount(value);
  return THREE_DIGITS.format(value);
}

/** A duration: `0.4 ms`, `25 ms`, `2.1 s`, `25 s`, `1 min 24 s`. */
export function formatDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return 'no data';
  if (durationMs < 0) return `−${formatDuration(-durationMs)}`;
  if (durationMs < 999.5) return `${formatNumber(durationMs >= 10 ? Math.round(durationMs) : durationMs)} ms`;
  if (durationMs < 9_950) return `${formatNumber(Math.round(durationMs / 100) / 10)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/** A moment as its distance from the start: `0:07`, `1:24`, with `tenths` `0:07.3`. */
export function formatOffset(offsetMs: number, tenths = false): string {
  const sign = offsetMs < 0 ? '−' : '';
  const units = Math.round(Math.abs(offsetMs) / (tenths ? 100 : 1000));
  const perMinute = tenths ? 600 : 60;
  const rest = units % perMinute;
  const seconds = String(tenths ? Math.floor(rest / 10) : rest).padStart(2, '0');
  return `${sign}${Math.floor(units / perMinute)}:${seconds}${tenths ? `.${rest % 10}` : ''}`;
}

/** A ratio as percent: `0 %`, `0.04 %`, `5 %`, `12.3 %`. */
export function formatPercent(ratio: number): string {
  if (!Number.isFinite(ratio)) return 'no data';
  return `${formatNumber(Math.round(ratio * 100_000) / 1000)} %`;
}

/** A probability: `0.03`, `< 0.0001`. */
export function formatProbability(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return value < 0.0001 ? '< 0.0001' : TWO_DIGITS.format(value);
}

/** `12 kB`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${formatNumber(bytes / 1000)} kB` : `${formatNumber(bytes / 1_000_000)} MB`;
}

/** "a", "a and b", "a, b and c". */
export function formatList(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** A moment in UTC, without fractions: `2026-11-23 03:15:00 UTC`. */
export function formatMoment(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

/** An image id short enough to read: `sha256:4f2a91c07d3e`. */
export function shortImageId(imageId: string): string {
  return imageId.startsWith('sha256:') ? imageId.slice(0, 19) : imageId.slice(0, 24);
}
