import { edgeName } from '../contract/config';
import { quantile } from '../statistics/quantile';
import type { Span, Trace } from './spans';
import { groupBy } from '../core/group-by';

export interface ExclusiveTime {
  /** One in ten was as quick or quicker. */
  readonly lowestDecileMs: number;
  /** Spans that it was taken from. */
  readonly count: number;
}

/**
 * Where the time of requests goes: a service's own time (its server spans without the calls that it made), and an edge's own
 * time (the caller's client span without the callee's server span: network, queues, proxies; all of it when the callee sends
 * no spans). Keys are `orders` for a service and `payments → bank` for an edge.
 *
 * Its lowest decile and not its median: waiting for a busy processor only ever adds, and never to all requests alike, so that the quickest
 * show the path itself (the windowed minimum of BBR, Cardwell et al. 2016). A delay that spares one request in ten is not seen by it.
 */
export function exclusiveTimes(traces: readonly Trace[]): Record<string, ExclusiveTime> {
  const durations = new Map<string, number[]>();
  const add = (key: string, durationMs: number) => {
    const list = durations.get(key) ?? [];
    durations.set(key, list);
    list.push(durationMs);
  };
  for (const { spans } of traces) {
    const children = groupBy(spans, (span) => span.parentId ?? '');
    for (const span of spans) {
      if (span.kind === 'server') add(span.service, withoutOverlap(span, callsOf(span, children)));
      if (span.kind !== 'client') continue;
      const served = (children.get(span.spanId) ?? []).filter((child) => child.kind === 'server');
      const callee = served[0]?.service ?? peerOf(span);
      if (callee !== undefined) add(edgeName({ from: span.service, to: callee }), withoutOverlap(span, served));
    }
  }
  return Object.fromEntries(
    [...durations]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, list]) => [key, { lowestDecileMs: quantile(list, 0.1), count: list.length }]),
  );
}

/** Client spans under a span in the same service, through internal spans. */
function callsOf(span: Span, children: ReadonlyMap<string, readonly Span[]>): Span[] {
  return (children.get(span.spanId) ?? []).flatMap((child) => {
    if (child.service !== span.service) return [];
    return child.kind === 'client' ? [child] : callsOf(child, children);
  });
}

/** The callee by the caller's own account, for those that send no spans. */
function peerOf(span: Span): string | undefined {
  const peer = span.attributes['peer.service'] ?? span.attributes['server.address'] ?? span.attributes['net.peer.name'];
  return peer === undefined ? undefined : String(peer);
}

/** A span's duration minus the union of the others' overlap with it: concurrent calls count once. */
function withoutOverlap(span: Span, others: readonly Span[]): number {
  const endMs = span.startMs + span.durationMs;
  const sorted = [...others].sort((a, b) => a.startMs - b.startMs);
  let covered = 0;
  let reachedMs = span.startMs;
  for (const other of sorted) {
    const fromMs = Math.max(other.startMs, reachedMs);
    const toMs = Math.min(other.startMs + other.durationMs, endMs);
    if (toMs <= fromMs) continue;
    covered += toMs - fromMs;
    reachedMs = toMs;
  }
  return span.durationMs - covered;
}
