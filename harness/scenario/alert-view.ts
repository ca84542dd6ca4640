import type { AlertEpisode, AlertFacts } from '../contract/alert-facts';
import type { WatchedAlert } from '../contract/alerts';
import { wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { poll } from '../core/poll';
import type { AlertWatch } from '../observe/alert-watch';
import type { AlertRef, ScenarioAlert, ScenarioAlerts } from './alerts';
import { runbookExists } from '../project/plan';
import type { LiveRun } from './live-run';

/** Added to what the rule's arithmetic predicts: scrapes, evaluations, and a busy machine. */
const SLACK_MS = 30_000;

/** Production's group_wait plus group_interval: what Alertmanager may add before it speaks. */
const ALERTMANAGER_MS = 90_000;

/** What the view needs of a run. */
export type AlertRun = Pick<LiveRun, 'plan' | 'signal'> & {
  readonly stack: { readonly services: { readonly alerts: AlertWatch | undefined } | undefined };
};

/** The alerts since the view was made, as a scenario sees them. */
export function alertView(live: AlertRun): ScenarioAlerts & { stories(): AlertFacts[] } {
  const sinceMs = wallMs();
  const { factor } = live.plan.compression;
  const get = (ref: AlertRef): ScenarioAlert => {
    const { alert, watch } = watched(live, ref);
    return {
      name: alert.name,
      forMs: alert.forMs / factor,
      story: () => storyOf(watch, alert.name, sinceMs),
      evidence: ({ fromMs, toMs } = { fromMs: sinceMs, toMs: wallMs() }) =>
        // The rule's window reaches back: at first it holds what was done before.
        watch.evidence(alert, { startMs: fromMs + alert.windowMs / factor, endMs: toMs }),
      awaitState: async (state) => {
        const timeoutMs = (alert.windowMs + alert.forMs + ALERTMANAGER_MS) / factor + SLACK_MS;
        await watch.awaitStage(state, { name: alert.name, sinceMs, timeoutMs, signal: live.signal });
      },
    };
  };
  return {
    get,
    forMs: (ref) => get(ref).forMs,
    story: (ref) => get(ref).story(),
    evidence: async (ref, during) => get(ref).evidence(during),
    awaitState: async (ref, state) => get(ref).awaitState(state),
    stories: () =>
      (live.stack.services?.alerts === undefined ? [] : configured(live))
        .map((alert) => get(alert).story())
        .filter(({ pendingAtMs }) => pendingAtMs !== undefined),
  };
}

/** Waits until no alert of the configuration is left of what was done before. */
export async function awaitQuietAlerts(live: AlertRun): Promise<void> {
  const watch = live.stack.services?.alerts;
  const alerts = configured(live);
  if (watch === undefined || alerts.length === 0) return;
  const isOver = ({ inactiveAtMs, firingAtMs, resolvedAtMs }: AlertEpisode) =>
    inactiveAtMs !== undefined && (firingAtMs === undefined || resolvedAtMs !== undefined);
  const longestWindowMs = Math.max(...alerts.map(({ windowMs }) => windowMs));
  // Alerts of the stack's own may go on for ever, as one that shows that alerts arrive does.
  const left = () => alerts.filter(({ name }) => !watch.episodes({ name }).every(isOver)).map(({ name }) => name);
  await poll(() => (left().length === 0 ? true : undefined), {
    condition: 'no alert is left of what was done before',
    timeoutMs: (longestWindowMs + ALERTMANAGER_MS) / live.plan.compression.factor + SLACK_MS,
    describe: () => ({ left: left() }),
    signal: live.signal,
  });
}

/** Of the configuration that the stack came up with. */
function configured({ plan }: Pick<AlertRun, 'plan'>): readonly WatchedAlert[] {
  return plan.alerts;
}

function watched(live: AlertRun, ref: AlertRef): { readonly alert: WatchedAlert; readonly watch: AlertWatch } {
  const name = typeof ref === 'string' ? ref : ref.name;
  const alert = configured(live).find((candidate) => candidate.name === name);
  const watch = live.stack.services?.alerts;
  if (alert !== undefined && watch !== undefined) return { alert, watch };
  const known = configured(live).map((candidate) => candidate.name);
  throw new HarnessError('unknown-alert', {
    message: `the configuration has no alert ${name}, or nothing that observes it`,
    facts: { name, known },
    hint:
      known.length === 0
        ? 'Set `alerts` and `observability` in rollproof.config.ts.'
        : `Its alerts are ${known.join(', ')}; they need \`observability\` in rollproof.config.ts.`,
  });
}

function storyOf(watch: AlertWatch, name: string, sinceMs: number): AlertFacts {
  const all = watch.episodesSince(sinceMs, name);
  const told = all.find(({ firingAtMs }) => firingAtMs !== undefined) ?? all[0];
  const gaps = watch.gaps({ startMs: sinceMs, endMs: wallMs() });
  const unseen = gaps.length === 0 ? {} : { gaps };
  if (told === undefined) return { name, ...unseen };
  const runbook = told.annotations?.['runbook_url'];
  return { ...told, ...unseen, runbookExists: runbook !== undefined && runbookExists(runbook) };
}
