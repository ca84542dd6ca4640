import { formatCount } from './format';
import type { LineOf } from '../contract/observation';
import { addCounts, NO_TRAFFIC, type TrafficCounts } from '../contract/traffic-counts';
import { groupBy } from '../core/group-by';

/** A stretch of wall time, ms. */
export interface Range {
  readonly startMs: number;
  readonly endMs: number;
}

/** What the load saw in one stretch. Percentiles are NaN where nothing was answered. */
export interface LoadPoint extends Range {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly lost: number;
  readonly late: number;
  /** Failed and lost ÷ all that ended. NaN where nothing ended. */
  readonly errorRatio: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What the front saw in one stretch, by revision label. */
export interface TrafficPoint extends Range {
  readonly revisions: Readonly<Record<string, TrafficCounts>>;
}

/** Points of a chart, and where there are none. */
export interface Series<Point extends Range> {
  readonly points: readonly Point[];
  /** Stretches inside the range without data. */
  readonly gaps: readonly Range[];
  /** Length of a point, ms; more than a window's when windows were joined to fit. */
  readonly pointMs: number;
}

interface Window {
  readonly startMs: number;
  readonly lengthMs: number;
}

/** More points than this do not show on a chart; neighbours are joined. */
const POINTS_MAX = 360;

function buckets<Source extends Window>(windows: readonly Source[], range: Range, pointsMax: number) {
  const inside = windows
    .filter((window) => window.startMs < range.endMs && window.startMs + window.lengthMs > range.startMs)
    .sort((a, b) => a.startMs - b.startMs);
  const first = inside[0];
  if (first === undefined) return { groups: [], pointMs: 0 };
  // The last window of a load is as short as it happened to be.
  const lengthMs = median(inside.map((window) => window.lengthMs));
  const spanMs = range.endMs - first.startMs;
  const pointMs = lengthMs * Math.max(1, Math.ceil(spanMs / lengthMs / pointsMax));
  const groups = [...groupBy(inside, (window) => Math.round((window.startMs - first.startMs) / pointMs)).values()];
  return { groups, pointMs };
}

function extent(windows: readonly Window[]): Range {
  return {
    startMs: Math.min(...windows.map((window) => window.startMs)),
    endMs: Math.max(...windows.map((window) => window.startMs + window.lengthMs)),
  };
}

function findGaps(points: readonly Range[], range: Range, pointMs: number): Range[] {
  if (points.length === 0) return [{ startMs: range.startMs, endMs: range.endMs }];
  const edges = [
    { startMs: range.startMs, endMs: range.startMs },
    ...points,
    { startMs: range.endMs, endMs: range.endMs },
  ];
  return edges.flatMap((edge, index) => {
    const next = edges[index + 1];
    // Loads start and stop inside a scenario: at its edges only a stretch of more than two points is worth a word.
    const least = index === 0 || index === edges.length - 2 ? 2 * pointMs : 0.75 * pointMs;
    return next !== undefined && next.startMs - edge.endMs > least
      ? [{ startMs: edge.endMs, endMs: next.startMs }]
      : [];
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The slowest of percentiles: an honest bound when windows are joined, since percentiles cannot be added. */
function slowest(values: readonly number[]): number {
  const known = values.filter(Number.isFinite);
  return known.length === 0 ? Number.NaN : Math.max(...known);
}

/** Load windows of a range, joined to at most `pointsMax` points; several loads at once are added up. */
export function loadSeries(
  windows: readonly LineOf<'load-window'>[],
  range: Range,
  pointsMax = POINTS_MAX,
): Series<LoadPoint> {
  const { groups, pointMs } = buckets(windows, range, pointsMax);
  const points = groups.map((own): LoadPoint => {
    const total = (key: 'sent' | 'ok' | 'failed' | 'lost' | 'late') => sum(own.map((window) => window[key]));
    const [ok, failed, lost] = [total('ok'), total('failed'), total('lost')];
    const answered = own.filter((window) => window.ok + window.failed > 0);
    const ended = ok + failed + lost;
    return {
      ...extent(own),
      ...{ sent: total('sent'), ok, failed, lost, late: total('late') },
      errorRatio: ended === 0 ? Number.NaN : (failed + lost) / ended,
      p50: slowest(answered.map((window) => window.latencyMsP50)),
      p95: slowest(answered.map((window) => window.latencyMsP95)),
      p99: slowest(answered.map((window) => window.latencyMsP99)),
    };
  });
  const gaps = findGaps(
    points.filter((point) => Number.isFinite(point.errorRatio)),
    range,
    pointMs,
  );
  return { points, gaps, pointMs };
}

/** Traffic windows of one service. */
export function trafficSeries(
  windows: readonly LineOf<'traffic-window'>[],
  range: Range,
  pointsMax = POINTS_MAX,
): Series<TrafficPoint> {
  const { groups, pointMs } = buckets(windows, range, pointsMax);
  const points = groups.map((own): TrafficPoint => ({ ...extent(own), revisions: addTraffic(own) }));
  return { points, gaps: findGaps(points, range, pointMs), pointMs };
}

/** Counts by revision, added up. */
export function addTraffic(
  windows: readonly { readonly revisions: Readonly<Record<string, TrafficCounts>> }[],
): Record<string, TrafficCounts> {
  const totals = new Map<string, TrafficCounts>();
  for (const window of windows) {
    for (const [revision, counts] of Object.entries(window.revisions)) {
      totals.set(revision, addCounts(totals.get(revision) ?? NO_TRAFFIC, counts));
    }
  }
  return Object.fromEntries([...totals].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}

/** The median of the finite values, NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Requests that failed, and those with 4xx beside them where there were some: "0 + 9 × 4xx". */
export function errorCount({ errors, clientErrors }: TrafficCounts): string {
  return clientErrors === 0 ? formatCount(errors) : `${formatCount(errors)} + ${formatCount(clientErrors)} × 4xx`;
}
