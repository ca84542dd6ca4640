import { quantile } from '../../statistics/quantile';

/** Latency of one revision in one window of time. */
export interface WindowSummary {
  readonly count: number;
  readonly medianMs: number;
  /** Only when the window holds enough requests for it, of each revision: busy seconds of one would be held against quiet ones of the other. */
  readonly p95Ms?: number;
}

/** Requests that a window must hold of each revision; below, it grows longer. */
const MIN_FOR_MEDIAN = 5;

/** Below 20 the 95th percentile is the maximum. */
const MIN_FOR_P95 = 20;

/** Lines of the front arrive this late at most, ms; a window closes after that. */
const LATENESS_MS = 250;

/** Cuts the latencies of one or two revisions into windows over the same seconds. */
export interface LatencyWindows {
  add(revision: string, endedAtMs: number, latencyMs: number): void;
  /** Between these times the load was not as usual: windows that touch them count no more. */
  spoil(fromMs: number, toMs: number): void;
  /** Closes the windows that are complete at `nowMs`. */
  closeUntil(nowMs: number): void;
  /** The closed windows of a revision; as many for each. The same array until one is closed or spoiled. */
  of(revision: string): readonly WindowSummary[];
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface ClosedWindow extends Span {
  readonly summaries: ReadonlyMap<string, WindowSummary>;
}

interface Pending {
  readonly revision: string;
  readonly endedAtMs: number;
  readonly latencyMs: number;
}

/** Opens windows of `windowMs` that each hold at least 5 requests of every one of `revisions`. */
export function latencyWindows(revisions: readonly string[], windowMs: number): LatencyWindows {
  let closed: ClosedWindow[] = [];
  const views = new Map<string, readonly WindowSummary[]>();
  let spoiled: Span[] = [];
  let pending: Pending[] = [];
  let startMs: number | undefined;

  return {
    add(revision, endedAtMs, latencyMs) {
      if (!revisions.includes(revision)) return;
      startMs ??= endedAtMs;
      pending.push({ revision, endedAtMs, latencyMs });
    },
    spoil(fromMs, toMs) {
      closed = closed.filter((window) => !touch(window, { fromMs, toMs }));
      views.clear();
      spoiled.push({ fromMs, toMs });
    },
    closeUntil(nowMs) {
      if (startMs === undefined) return;
      const whole = Math.floor((nowMs - LATENESS_MS - startMs) / windowMs);
      if (whole < 1) return;
      const boundaryMs = startMs + whole * windowMs;
      const inside = pending.filter((sample) => sample.endedAtMs < boundaryMs);
      const groups = revisions.map((revision) =>
        inside.filter((sample) => sample.revision === revision).map(({ latencyMs }) => latencyMs),
      );
      if (groups.some((group) => group.length < MIN_FOR_MEDIAN)) return;
      const window = { fromMs: startMs, toMs: boundaryMs };
      if (!spoiled.some((span) => touch(window, span))) {
        const hasP95 = groups.every((group) => group.length >= MIN_FOR_P95);
        const summaries = revisions.map(
          (revision, index) => [revision, summarize(groups[index] ?? [], hasP95)] as const,
        );
        closed.push({ ...window, summaries: new Map(summaries) });
        views.clear();
      }
      spoiled = spoiled.filter(({ toMs }) => toMs >= boundaryMs);
      pending = pending.filter((sample) => sample.endedAtMs >= boundaryMs);
      startMs = boundaryMs;
    },
    of(revision) {
      const view = views.get(revision) ?? closed.flatMap(({ summaries }) => summaries.get(revision) ?? []);
      views.set(revision, view);
      return view;
    },
  };
}

function touch(a: Span, b: Span): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs;
}

function summarize(latenciesMs: readonly number[], hasP95: boolean): WindowSummary {
  const p95 = hasP95 ? { p95Ms: quantile(latenciesMs, 0.95) } : {};
  return { count: latenciesMs.length, medianMs: quantile(latenciesMs, 0.5), ...p95 };
}
