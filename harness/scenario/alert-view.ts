import type { ErrorRateAlert } from '../contract/config';
import { wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { poll } from '../core/poll';
import type { AlertEpisode } from '../alerting/scorecard';
import type { AlertWatch } from '../observe/alert-watch';
import type { AlertFacts } from '../verdict/alert-findings';
import type { ScenarioContext } from './context';
import { runbookExists } from '../project/plan';
import type { LiveRun } from './live-run';

/** Added to what the rule's arithmetic predicts: scrapes, evaluations, and a busy machine. */
const SLACK_MS = 30_000;

/** Production's group_wait plus group_interval: what Alertmanager may add before it speaks. */
const ALERTMANAGER_MS = 90_000;

/** The alerts since the view was made, as a scenario sees them. */
export function alertView(live: LiveRun): ScenarioContext['alerts'] & { stories(): AlertFacts[] } {
  const sinceMs = wallMs();
  const { loaded, plan, signal } = live;
  const { factor } = plan.compression;
  const configured = (name: string): { alert: ErrorRateAlert; watch: AlertWatch } => {
    const alert = name === 'HighErrorRate' ? loaded.config.alerts?.HighErrorRate : undefined;
    const watch = live.stack.services?.alerts;
    if (alert !== undefined && watch !== undefined) return { alert, watch };
    throw new HarnessError('unknown-alert', {
      message: `the configuration has no alert ${name}, or nothing that observes it`,
      hint: 'Set `alerts` and `observability` in rollproof.config.ts.',
    });
  };
  const story = (name: string): AlertFacts => {
    const { watch } = configured(name);
    const all = watch.episodesSince(sinceMs, name);
    const told = all.find(({ firingAtMs }) => firingAtMs !== undefined) ?? all[0];
    if (told === undefined) return { name };
    const runbook = told.annotations?.['runbook_url'];
    return { ...told, runbookExists: runbook !== undefined && runbookExists(runbook) };
  };
  return {
    forMs: (name) => configured(name).alert.forMs / factor,
    story,
    stories: () => {
      const names = live.stack.services?.alerts === undefined ? [] : Object.keys(loaded.config.alerts ?? {});
      return names.map(story).filter(({ pendingAtMs }) => pendingAtMs !== undefined);
    },
    evidence: (name, { fromMs, toMs } = { fromMs: sinceMs, toMs: wallMs() }) => {
      const { alert, watch } = configured(name);
      // The rule's window reaches back: at first it holds what was done before.
      return watch.evidence({ startMs: fromMs + alert.windowMs / factor, endMs: toMs });
    },
    awaitState: async (name, state) => {
      const { alert, watch } = configured(name);
      const timeoutMs = (alert.windowMs + alert.forMs + ALERTMANAGER_MS) / factor + SLACK_MS;
      await watch.awaitStage(state, { name, sinceMs, timeoutMs, signal });
    },
  };
}

/** Waits until no alert is left of what was done before. */
export async function awaitQuietAlerts(live: LiveRun): Promise<void> {
  const alert = live.loaded.config.alerts?.HighErrorRate;
  const watch = live.stack.services?.alerts;
  if (alert === undefined || watch === undefined) return;
  const isOver = ({ inactiveAtMs, firingAtMs, resolvedAtMs }: AlertEpisode) =>
    inactiveAtMs !== undefined && (firingAtMs === undefined || resolvedAtMs !== undefined);
  await poll(() => (watch.episodes().every(isOver) ? true : undefined), {
    condition: 'no alert is left of what was done before',
    timeoutMs: (alert.windowMs + ALERTMANAGER_MS) / live.plan.compression.factor + SLACK_MS,
    signal: live.signal,
  });
}
