import type { Alert } from '../contract/alerts';
import type { AlertEvidence, AlertFacts } from '../contract/alert-facts';

/** An alert of the configuration: its name, or the value itself. */
export type AlertRef = string | Pick<Alert, 'name'>;

/** How far an alert has come: from the rule to the pager, and back. */
export type AlertState = 'pending' | 'firing' | 'notified' | 'resolved';

/** Two moments, wall ms. */
export interface During {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One alert, since the scenario began. */
export interface ScenarioAlert {
  readonly name: string;
  /** Its `for` in this run, ms: production's divided by the compression factor. */
  readonly forMs: number;
  /** @throws HarnessError `alert-not-reached` when it takes longer than the rule's own arithmetic allows, `alert-not-watched` */
  awaitState(state: AlertState): Promise<void>;
  /** What it did: the first episode that fired, else the first. */
  story(): AlertFacts;
  /** How near it came between two moments; default: since the scenario began. */
  evidence(during?: During): Promise<AlertEvidence>;
}

/** The alerts of the configuration; each of these throws `unknown-alert` for another one. */
export interface ScenarioAlerts {
  get(alert: AlertRef): ScenarioAlert;
  /** {@link ScenarioAlert.forMs} */
  forMs(alert: AlertRef): number;
  /** {@link ScenarioAlert.awaitState} */
  awaitState(alert: AlertRef, state: AlertState): Promise<void>;
  /** {@link ScenarioAlert.story} */
  story(alert: AlertRef): AlertFacts;
  /** {@link ScenarioAlert.evidence} */
  evidence(alert: AlertRef, during?: During): Promise<AlertEvidence>;
}
