import type { LineOf } from '../contract/observation';
import type { JournalLine } from '../contract/observation';
import { groupBy } from '../core/group-by';

/** Something that lasted. `toMs` is undefined while the journal does not say that it ended. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

export interface FaultSpan extends Span {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly end: 'reverted' | 'expired' | 'failed' | undefined;
  readonly provedAtMs: number | undefined;
  /** Details of all its lines, later ones win. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface RolloutSpan extends Span {
  readonly id: string;
  readonly service: string;
  readonly strategy: string;
  readonly from: string;
  readonly to: string;
  /** In order; never empty. */
  readonly steps: readonly LineOf<'rollout'>[];
}

export interface HealthSpan extends Span {
  readonly service: string;
  readonly container: string;
  readonly state: LineOf<'health'>['state'];
}

export interface AlertSpan extends Span {
  readonly alert: string;
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** An alert reached a person, or was called off. */
export interface AlertNotice {
  readonly atMs: number;
  readonly alert: string;
  readonly key: string;
  readonly kind: 'notified' | 'resolved';
  readonly annotations: Readonly<Record<string, string>>;
}

function group<Item>(items: readonly Item[], key: (item: Item) => string): Item[][] {
  return [...groupBy(items, key).values()];
}

/** Lines of one type. */
export function linesOf<Type extends JournalLine['type']>(lines: readonly JournalLine[], type: Type): LineOf<Type>[] {
  return lines.filter((line): line is LineOf<Type> => line.type === type);
}

/** From applied until reverted, expired, or unknown. */
export function faultSpans(lines: readonly JournalLine[]): FaultSpan[] {
  return group(linesOf(lines, 'fault'), (line) => line.fault).flatMap((own) => {
    const first = own[0];
    if (first === undefined) return [];
    const start = own.find((line) => line.state === 'applied') ?? first;
    const end = own.find((line) => line.state === 'reverted' || line.state === 'expired' || line.state === 'failed');
    const proof = own.find((line) => line.state === 'proved');
    return [
      {
        id: first.fault,
        kind: first.kind,
        target: first.target,
        fromMs: start.at,
        toMs: end?.at,
        end: end?.state as FaultSpan['end'],
        provedAtMs: proof?.at,
        detail: Object.assign({}, ...own.map((line) => line.detail)) as Record<string, unknown>,
      },
    ];
  });
}

const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'RolledBack', 'RollbackPaused']);

/** One a rollout, from its first state to its last. */
export function rolloutSpans(lines: readonly JournalLine[]): RolloutSpan[] {
  return group(linesOf(lines, 'rollout'), (line) => line.rollout).flatMap((steps) => {
    const [first, last] = [steps[0], steps.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { service, strategy, from, to } = first;
    const toMs = ENDED.has(last.state) ? last.at : undefined;
    return [{ id: first.rollout, service, strategy, from, to, steps, fromMs: first.at, toMs }];
  });
}

/** Two watchers of one Engine write the same moment this far apart at most. */
const SAME_MOMENT_MS = 1000;

/** One a state that a container was in. Stopping and dying are moments that end a life, and begin an absence. */
export function healthSpans(lines: readonly JournalLine[]): HealthSpan[] {
  return group(linesOf(lines, 'health'), (line) => line.container).flatMap((own) => {
    const changes: LineOf<'health'>[] = [];
    for (const line of own) {
      const last = changes.at(-1);
      // An Engine reports "died" for a wanted stop too; "stopped" at the same moment says that it was wanted.
      const sameEnd = last !== undefined && isEnd(last) && isEnd(line) && line.at - last.at < SAME_MOMENT_MS;
      if (sameEnd) changes[changes.length - 1] = line.state === 'stopped' ? { ...line, at: last.at } : last;
      else if (last?.state !== line.state) changes.push(line);
    }
    return changes.map(({ service, container, state, at }, index) => {
      return { service, container, state, fromMs: at, toMs: changes[index + 1]?.at };
    });
  });
}

function isEnd(line: LineOf<'health'>): boolean {
  return line.state === 'died' || line.state === 'stopped';
}

function alertKey(line: LineOf<'alert'>): string {
  return JSON.stringify([line.alert, Object.entries(line.labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Pending and firing spans of every alert, by the source's own times where they make sense. */
export function alertSpans(lines: readonly JournalLine[]): AlertSpan[] {
  return group(linesOf(lines, 'alert'), alertKey).flatMap((own) => {
    const spans: AlertSpan[] = [];
    let open: AlertSpan | undefined;
    const close = (atMs: number) => {
      if (open !== undefined) spans.push({ ...open, toMs: Math.max(open.fromMs, atMs) });
      open = undefined;
    };
    for (const line of own) {
      if (line.state === 'notified') continue;
      // Prometheus keeps the moment of "pending" as `activeAt` while it fires: then only the line's own time tells.
      const happenedAtMs = line.happenedAtMs ?? line.at;
      const atMs = open !== undefined && happenedAtMs <= open.fromMs ? line.at : happenedAtMs;
      if (line.state === open?.state) continue;
      close(atMs);
      if (line.state === 'pending' || line.state === 'firing') {
        const { alert, labels, state } = line;
        open = { alert, labels, state, key: alertKey(line), fromMs: atMs, toMs: undefined };
      }
    }
    return open === undefined ? spans : [...spans, open];
  });
}

/** What reached the person on call. */
export function alertNotices(lines: readonly JournalLine[]): AlertNotice[] {
  return linesOf(lines, 'alert').flatMap((line) =>
    line.state === 'notified' || line.state === 'resolved'
      ? [
          {
            atMs: line.happenedAtMs ?? line.at,
            alert: line.alert,
            key: alertKey(line),
            kind: line.state,
            annotations: line.annotations ?? {},
          },
        ]
      : [],
  );
}

/** Whether a span touches a range. */
export function overlaps(span: Span, range: { readonly startMs: number; readonly endMs: number }): boolean {
  return span.fromMs <= range.endMs && (span.toMs ?? Number.POSITIVE_INFINITY) >= range.startMs;
}
