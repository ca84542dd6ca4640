import { hookName } from '../contract/hooks';
import type { RolloutState, TrafficCounts } from '../contract/observation';
import type { Lane, LaneBar, LaneMark } from './charts/lanes';
import type { Backdrop, Tone } from './charts/plot';
import { formatCount, formatDuration, formatPercent } from './format';
import { detailText, faultFelt, faultLabel } from './phrases';
import type { ScenarioView } from './scenario-view';
import { addTraffic, errorCount, type Range } from './series';
import type { AlertSpan, FaultSpan, HealthSpan, RolloutSpan } from './spans';
import { groupBy } from '../core/group-by';

/** The lanes of a scenario's timeline, and a sentence about what they leave out. */
export function timelineLanes(view: ScenarioView): {
  readonly lanes: readonly Lane[];
  readonly quiet: readonly string[];
} {
  const range = view.scenario;
  const health = healthLanes(view);
  const lanes = [
    ...view.faults.map((fault) => faultLane(fault, range)),
    ...view.rollouts.flatMap((rollout) => rolloutLanes(rollout, view)),
    ...decisionLanes(view),
    ...health.lanes,
    ...alertLanes(view),
  ];
  return { lanes, quiet: health.quiet };
}

/** Faults shaded, and decisions marked, behind every chart of a scenario. */
export function timelineBackdrop(view: ScenarioView): Backdrop {
  const { endMs } = view.scenario;
  return {
    shades: view.faults.map((fault) => ({
      startMs: fault.fromMs,
      endMs: fault.toMs ?? endMs,
      label: faultLabel(fault),
    })),
    moments: view.judgements
      .filter((judgement) => judgement.outcome !== 'hold')
      .map(({ at, outcome, reason }) => ({
        atMs: at,
        label: `${outcome}: ${reason}`,
        tone: outcome === 'abort' ? 'bad' : 'good',
      })),
  };
}

function clip(span: { readonly fromMs: number; readonly toMs: number | undefined }, range: Range): Range {
  return { startMs: Math.max(span.fromMs, range.startMs), endMs: Math.min(span.toMs ?? range.endMs, range.endMs) };
}

function faultLane(fault: FaultSpan, range: Range): Lane {
  const lasted =
    fault.toMs === undefined ? 'never reverted' : `${fault.end} after ${formatDuration(fault.toMs - fault.fromMs)}`;
  const tone: Tone = fault.end === 'failed' ? 'bad' : 'warn';
  const bar = {
    ...clip(fault, range),
    tone,
    label: faultLabel(fault),
    title: [faultLabel(fault), lasted, faultFelt(fault.detail), detailText(fault.detail)].filter(Boolean).join('; '),
  };
  const proof: LaneMark[] =
    fault.provedAtMs === undefined
      ? []
      : [{ atMs: fault.provedAtMs, shape: 'diamond', tone: 'warn', title: 'proved: the fault bites' }];
  return { group: 'fault', name: 'fault', bars: [bar], marks: proof };
}

interface Stage {
  readonly key: string;
  readonly label: string;
  readonly tone: Tone;
}

const STARTING: Stage = { key: 'start', label: 'starting', tone: 'idle' };

function stage(state: RolloutState, weight: number, isJudged: boolean): Stage {
  switch (state) {
    case 'Pending':
    case 'Preflight':
    case 'Stopping':
    case 'Starting':
    case 'Readying':
      return STARTING;
    case 'Shifting':
    case 'Analyzing':
    case 'Holding':
      // The line is written before the weight is set.
      if (weight === 0) return STARTING;
      return { key: `at-${weight}`, label: `${isJudged ? 'judging' : 'at'} ${weight} %`, tone: 'info' };
    case 'Promoted':
    case 'Baking':
      return { key: 'bake', label: 'promoted, baking', tone: 'good' };
    case 'Retiring':
    case 'Succeeded':
      return { key: 'done', label: 'succeeded', tone: 'good' };
    case 'Aborting':
    case 'RollingBack':
      return { key: 'back', label: 'rolling back', tone: 'bad' };
    case 'RolledBack':
      return { key: 'rolled-back', label: 'rolled back', tone: 'warn' };
    case 'RollbackPaused':
      return { key: 'paused', label: 'rollback paused', tone: 'bad' };
  }
}

function rolloutLanes(rollout: RolloutSpan, { scenario: range, judgements }: ScenarioView): Lane[] {
  // With the judge off, time and health alone decide.
  const isJudged = judgements.some((judgement) => judgement.rollout === rollout.id);
  const bars: (LaneBar & { readonly key: string })[] = [];
  rollout.steps.forEach((step, index) => {
    const own = stage(step.state, step.weight, isJudged);
    const span = { fromMs: step.at, toMs: rollout.steps[index + 1]?.at };
    const last = bars.at(-1);
    const title = `${step.state} at ${step.weight} %${step.reason === undefined ? '' : `: ${step.reason}`}`;
    if (last?.key === own.key)
      bars[bars.length - 1] = { ...last, endMs: clip(span, range).endMs, title: `${last.title} → ${title}` };
    else if ((span.toMs ?? range.endMs) >= range.startMs) bars.push({ ...clip(span, range), ...own, title });
  });
  const steps = rollout.steps.map((step) => ({ atMs: step.at, percent: step.weight }));
  return [
    { group: `rollout ${rollout.id}`, name: `${rollout.service} · ${rollout.strategy}`, bars, marks: [] },
    { group: `rollout ${rollout.id}`, name: `share of ${rollout.to}`, bars: [], marks: [], steps },
  ];
}

function decisionLanes(view: ScenarioView): Lane[] {
  const look = {
    hold: { shape: 'circle', tone: 'info' },
    promote: { shape: 'triangle', tone: 'good' },
    abort: { shape: 'square', tone: 'bad' },
  } as const;
  const marks = view.judgements.map((judgement): LaneMark => ({
    atMs: judgement.at,
    ...look[judgement.outcome],
    title: `${judgement.outcome} at ${judgement.weight} %: ${judgement.reason}`,
  }));
  const group = `rollout ${view.rollouts.at(-1)?.id ?? ''}`;
  return marks.length === 0 ? [] : [{ group, name: 'decisions', bars: [], marks }];
}

/** `rp-acme-4f2a-orders-r2-1` is orders-r2 to a reader; a name that does not end like one of Compose's stays. */
export function containerName(container: string, service: string): string {
  if (/^[0-9a-f]{12,}$/.test(container)) return `${service} ${container.slice(0, 7)}`;
  const start = container.lastIndexOf(service);
  return start < 0 || service === '' ? container : container.slice(start).replace(/-\d+$/, '');
}

const HEALTH: Readonly<
  Record<HealthSpan['state'], { readonly tone: Tone; readonly label: string; readonly hollow: boolean }>
> = {
  started: { tone: 'idle', label: 'starting', hollow: true },
  healthy: { tone: 'good', label: 'healthy', hollow: false },
  unhealthy: { tone: 'bad', label: 'unhealthy', hollow: false },
  died: { tone: 'bad', label: 'dead', hollow: true },
  stopped: { tone: 'idle', label: 'stopped', hollow: true },
};

/** A container without a health check is never told healthy: nobody knows when it was. */
const RUNNING = { tone: 'idle', label: 'running', hollow: false } as const;

function healthLanes(view: ScenarioView): { readonly lanes: readonly Lane[]; readonly quiet: readonly string[] } {
  const range = view.scenario;
  const lanes: Lane[] = [];
  const quiet: string[] = [];
  for (const [container, spans] of groupBy(view.health, (span) => span.container)) {
    const service = spans[0]?.service ?? '';
    // Not of the compose files: a helper that carries a fault. The fault has a lane of its own; the table has the helper too.
    if (service === container) continue;
    const name = containerName(container, service);
    const changed = spans.some((span) => span.fromMs >= range.startMs);
    if (!changed) {
      if (spans[0]?.state === 'healthy') quiet.push(name);
      continue;
    }
    const isChecked = spans.some(({ state }) => state === 'healthy' || state === 'unhealthy');
    const bars = spans.map((span) => {
      const look = span.state === 'started' && !isChecked ? RUNNING : HEALTH[span.state];
      return { ...clip(span, range), ...look, title: `${name}: ${look.label}` };
    });
    const marks = spans
      .filter((span) => span.state === 'died')
      .map((span): LaneMark => ({ atMs: span.fromMs, shape: 'cross', tone: 'bad', title: `${name} died` }));
    lanes.push({ group: 'health', name, bars, marks });
  }
  return { lanes, quiet };
}

function alertLanes(view: ScenarioView): Lane[] {
  const range = view.scenario;
  const keys = new Map<string, { name: string; labels: Readonly<Record<string, string>> }>();
  const label = (span: AlertSpan) => keys.set(span.key, { name: span.alert, labels: span.labels });
  view.alerts.forEach(label);
  view.notices.forEach((notice) => keys.has(notice.key) || keys.set(notice.key, { name: notice.alert, labels: {} }));
  return [...keys].map(([key, own]) => {
    const bars = view.alerts
      .filter((span) => span.key === key)
      .map((span) => ({
        ...clip(span, range),
        tone: span.state === 'firing' ? ('bad' as const) : ('warn' as const),
        label: span.state,
        title: `${span.alert} ${span.state}; ${detailText(span.labels)}`,
        hollow: span.state === 'pending',
      }));
    const marks = view.notices
      .filter((notice) => notice.key === key)
      .map((notice): LaneMark => ({
        atMs: notice.atMs,
        shape: notice.kind === 'notified' ? 'envelope' : 'check',
        tone: notice.kind === 'notified' ? 'bad' : 'good',
        title: `${notice.kind}: ${notice.annotations['summary'] ?? notice.alert}`,
      }));
    const service = own.labels['service'];
    const isOneOfMany = [...keys.values()].filter(({ name }) => name === own.name).length > 1;
    const name = isOneOfMany && service !== undefined ? `${service}: ${own.name}` : own.name;
    return { group: 'alert', name, bars, marks };
  });
}

/** One thing that happened, for the table beside the timeline. */
export interface TimelineEvent {
  readonly atMs: number;
  readonly lane: string;
  readonly text: string;
}

/** Everything on the lanes in the order in which it happened, as text. */
export function timelineEvents(view: ScenarioView): TimelineEvent[] {
  const { startMs, endMs } = view.scenario;
  const events: TimelineEvent[] = [
    ...view.faults.flatMap((fault) => [
      { atMs: fault.fromMs, lane: 'fault', text: `${faultLabel(fault)} applied` },
      ...(fault.provedAtMs === undefined
        ? []
        : [
            {
              atMs: fault.provedAtMs,
              lane: 'fault',
              text: `${faultLabel(fault)} proved to bite: ${detailText(fault.detail)}`,
            },
          ]),
      ...(fault.toMs === undefined
        ? []
        : [
            {
              atMs: fault.toMs,
              lane: 'fault',
              text: [`${faultLabel(fault)} ${fault.end}`, faultFelt(fault.detail)].filter(Boolean).join(', '),
            },
          ]),
    ]),
    ...view.rollouts.flatMap((rollout) =>
      rollout.steps.map((step) => ({
        atMs: step.at,
        lane: 'rollout',
        text: `${rollout.to}: ${step.state} at ${step.weight} %${step.reason === undefined ? '' : ` – ${step.reason}`}`,
      })),
    ),
    ...view.hooks.map(({ at, hook, what, state, reason }) => ({
      atMs: at,
      lane: 'rollout',
      text: `${hookName(hook)} ${state}: ${what}${reason === undefined ? '' : ` – ${reason}`}`,
    })),
    ...view.shadows.map((shadow) => ({
      atMs: shadow.at,
      lane: 'decision',
      text: `answers to copies: ${shadow.outcome}${shadow.reason === undefined ? '' : ` – ${shadow.reason}`}`,
    })),
    ...view.judgements.map((judgement) => ({
      atMs: judgement.at,
      lane: 'decision',
      text: `${judgement.outcome} at ${judgement.weight} %: ${judgement.reason}`,
    })),
    ...view.health.map((span) => ({
      atMs: span.fromMs,
      lane: 'health',
      text: `${containerName(span.container, span.service)} ${span.state}`,
    })),
    ...view.alerts.map((span) => ({ atMs: span.fromMs, lane: 'alert', text: `${span.alert} ${span.state}` })),
    ...view.alerts.flatMap((span) =>
      span.state === 'firing' && span.toMs !== undefined
        ? [{ atMs: span.toMs, lane: 'alert', text: `${span.alert} inactive` }]
        : [],
    ),
    ...view.notices.map((notice) => ({
      atMs: notice.atMs,
      lane: 'alert',
      text: `${notice.alert} ${notice.kind}: ${notice.annotations['summary'] ?? 'no summary'}`,
    })),
    ...view.notes.map((note) => ({ atMs: note.at, lane: 'note', text: note.message })),
  ];
  return events.filter((event) => event.atMs >= startMs && event.atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
}

/** What each revision of a service took in a scenario, as one sentence. */
export function trafficFinding(
  service: string,
  points: readonly { readonly revisions: Readonly<Record<string, TrafficCounts>> }[],
): string {
  const totals = Object.entries(addTraffic(points));
  const all = totals.reduce((total, [, counts]) => total + counts.requests, 0);
  if (all === 0) return `${service} took no requests.`;
  const parts = totals.map(([revision, counts]) => {
    const share = `, ${formatPercent(Math.round((counts.requests / all) * 100) / 100)} of all`;
    return `${revision} answered ${formatCount(counts.requests)} with ${errorCount(counts)} errors${totals.length > 1 ? share : ''}`;
  });
  return `${parts.join('; ')}.`;
}
