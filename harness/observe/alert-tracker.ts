import type { AlertEpisode } from '../contract/alert-facts';
import type { Observation } from '../contract/observation';
import type { PagerNotification } from './pager';
import type { AlertingRuleState, RuleAlert } from './prometheus';

type AlertObservation = Extract<Observation, { type: 'alert' }>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Turns snapshots of Prometheus' rules and of the pager into episodes, and says what has changed since the last one: each
 * change once, in the order in which it happened.
 */
export class AlertTracker {
  readonly #episodes: Mutable<AlertEpisode>[] = [];
  readonly #seenNotifications = new Set<string>();
  readonly #ignoreBeforeMs: number;

  /** Notifications that the pager got before `startMs` belong to somebody else. */
  constructor(startMs: number) {
    this.#ignoreBeforeMs = startMs;
  }

  /** All episodes so far as they stand, oldest first. */
  get episodes(): readonly AlertEpisode[] {
    return this.#episodes.map((episode) => ({ ...episode }));
  }

  /** Takes a snapshot. The pager must have been asked before Prometheus: then what it knows, the rules know too. */
  observe(rules: readonly AlertingRuleState[], notifications: readonly PagerNotification[]): AlertObservation[] {
    const changes = rules.flatMap((rule) => this.#observeRule(rule));
    for (const notification of notifications) changes.push(...this.#observeNotification(notification));
    return changes;
  }

  #observeRule(rule: AlertingRuleState): AlertObservation[] {
    const changes: AlertObservation[] = [];
    for (const open of this.#episodes) {
      if (open.name !== rule.name || open.inactiveAtMs !== undefined) continue;
      const current = rule.alerts.find((alert) => sameLabels(alert.labels, open.labels));
      if (current?.activeAtMs === open.pendingAtMs) continue;
      // A new episode under the same labels means that this one ended between two looks.
      open.inactiveAtMs = current === undefined ? rule.lastEvaluationMs : current.activeAtMs;
      changes.push(observation(open, 'inactive', open.inactiveAtMs));
    }
    for (const alert of rule.alerts) changes.push(...this.#observeAlert(alert, rule));
    return changes;
  }

  #observeAlert(alert: RuleAlert, rule: AlertingRuleState): AlertObservation[] {
    const changes: AlertObservation[] = [];
    let episode = this.#episodes.find(
      (candidate) => candidate.inactiveAtMs === undefined && isFor(candidate, alert.name, alert.labels),
    );
    if (episode === undefined) {
      const { name, labels, annotations, activeAtMs } = alert;
      episode = { name, labels, annotations, pendingAtMs: activeAtMs };
      this.#episodes.push(episode);
      Object.assign(episode, lastSeen(alert));
      changes.push(observation(episode, 'pending', activeAtMs));
    }
    // From then on it stays what the person read.
    if (episode.notifiedAtMs === undefined) Object.assign(episode, lastSeen(alert));
    if (alert.state === 'pending') {
      episode.lastPendingAtMs = Math.max(rule.lastEvaluationMs, alert.activeAtMs);
    } else if (episode.firingAtMs === undefined) {
      // The time of an evaluation is published a moment after its result: never earlier than `for` allows.
      episode.firingAtMs = Math.max(rule.lastEvaluationMs, alert.activeAtMs + rule.forMs);
      changes.push(observation(episode, 'firing', episode.firingAtMs));
    }
    return changes;
  }

  #observeNotification(notification: PagerNotification): AlertObservation[] {
    const key = `${notification.fingerprint} ${notification.startsAtMs} ${notification.status}`;
    if (notification.receivedAtMs < this.#ignoreBeforeMs || this.#seenNotifications.has(key)) return [];
    this.#seenNotifications.add(key);
    const fired = this.#episodes.filter(
      (episode) => episode.firingAtMs !== undefined && isFor(episode, notification.alert, notification.labels),
    );
    const atMs = notification.receivedAtMs;
    if (notification.status === 'firing') {
      const episode = fired.findLast((candidate) => candidate.notifiedAtMs === undefined);
      if (episode === undefined) return [];
      episode.notifiedAtMs = atMs;
      Object.assign(episode, textOf(notification.annotations));
      return [observation(episode, 'notified', atMs)];
    }
    // Alertmanager says once that it is over, also for an episode that began again before it had said so.
    const over = fired.filter(
      (candidate) => candidate.resolvedAtMs === undefined && candidate.inactiveAtMs !== undefined,
    );
    for (const episode of over) episode.resolvedAtMs = atMs;
    return over.slice(-1).map((episode) => observation(episode, 'resolved', atMs));
  }
}

function observation(episode: AlertEpisode, state: AlertObservation['state'], happenedAtMs: number): AlertObservation {
  const { name, labels, annotations, value } = episode;
  const known = value === undefined || !Number.isFinite(value) ? {} : { value };
  return { type: 'alert', alert: name, labels, state, happenedAtMs, ...known, annotations };
}

function lastSeen(alert: RuleAlert): Partial<AlertEpisode> {
  return { value: alert.value, ...textOf(alert.annotations) };
}

function textOf(annotations: Readonly<Record<string, string>>): Pick<AlertEpisode, 'annotations' | 'summary'> {
  const summary = annotations['summary'];
  return { annotations, ...(summary === undefined ? {} : { summary }) };
}

/** Whether an alert, or a notification of it (to which Prometheus may have added labels of its own), is of this episode. */
function isFor(episode: AlertEpisode, name: string, labels: Readonly<Record<string, string>>): boolean {
  return episode.name === name && Object.entries(episode.labels).every(([key, value]) => labels[key] === value);
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
