import { compress } from '../alerting/durations';
import { SCRAPE_INTERVAL_MS, MIN_SCRAPE_INTERVAL_MS } from '../alerting/compression';
import { alertEvidence, type AlertEpisode, type AlertEvidence } from '../alerting/scorecard';
import { alertSelector, HIGH_ERROR_RATE } from '../alerting/template';
import { sleep, wallMs } from '../core/clock';
import type { ErrorRateAlert } from '../core/config';
import { HarnessError, errorMessage } from '../core/errors';
import type { Journal } from '../core/journal';
import { poll } from '../core/poll';
import { AlertTracker } from './alert-tracker';
import type { Pager } from './pager';
import type { Prometheus } from './prometheus';

/** Shorter than the shortest evaluation interval, so that no evaluation is missed. */
export const WATCH_INTERVAL_MS = 250;

/** How far an alert has come. */
export type AlertStage = 'pending' | 'firing' | 'notified' | 'inactive' | 'resolved';

export interface AlertWatchOptions {
  readonly prometheus: Prometheus;
  readonly pager: Pager;
  readonly journal: Journal;
  /** The alert that evidence is kept of. */
  readonly alert: ErrorRateAlert;
  /** The compression that Prometheus runs at. */
  readonly factor: number;
}

const STAGE_TIME = {
  pending: 'pendingAtMs',
  firing: 'firingAtMs',
  notified: 'notifiedAtMs',
  inactive: 'inactiveAtMs',
  resolved: 'resolvedAtMs',
} as const satisfies Record<AlertStage, keyof AlertEpisode>;

/** Follows the alerts of a stack from the rule to the pager; every change goes to the journal once. */
export class AlertWatch implements AsyncDisposable {
  readonly #options: AlertWatchOptions;
  readonly #tracker = new AlertTracker(wallMs());
  readonly #abort = new AbortController();
  readonly #loop: Promise<void>;
  #problem: string | undefined;

  private constructor(options: AlertWatchOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  static start(options: AlertWatchOptions): AlertWatch {
    return new AlertWatch(options);
  }

  /** Episodes that touch a window (wall ms), oldest first. */
  episodes(
    window: { readonly name?: string; readonly startMs?: number; readonly endMs?: number } = {},
  ): AlertEpisode[] {
    const { name, startMs = -Infinity, endMs = Infinity } = window;
    return this.#tracker.episodes.filter(
      (episode) =>
        (name === undefined || episode.name === name) &&
        episode.pendingAtMs <= endMs &&
        (episode.inactiveAtMs ?? Infinity) >= startMs,
    );
  }

  /** Waits until an episode that touches the time since `sinceMs` has come to a stage. Throws `alert-not-reached`. */
  async awaitStage(
    stage: AlertStage,
    options: {
      /** Default HighErrorRate. */
      readonly name?: string;
      /** Only episodes with these labels, such as one service. */
      readonly labels?: Readonly<Record<string, string>>;
      /** Wall ms. */
      readonly sinceMs: number;
      readonly timeoutMs: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<AlertEpisode> {
    const { name = HIGH_ERROR_RATE, labels = {}, sinceMs, timeoutMs, signal } = options;
    const candidates = () =>
      this.episodes({ name, startMs: sinceMs }).filter((episode) =>
        Object.entries(labels).every(([key, value]) => episode.labels[key] === value),
      );
    return poll(() => candidates().find((episode) => episode[STAGE_TIME[stage]] !== undefined), {
      condition: `${name} is ${stage}`,
      code: 'alert-not-reached',
      timeoutMs,
      intervalMs: 50,
      describe: () => ({ episodes: candidates(), ...(this.#problem === undefined ? {} : { problem: this.#problem }) }),
      ...(signal && { signal }),
    });
  }

  /** How near the alert came in a window (wall ms), from Prometheus' own series; goes to the journal. */
  async evidence(window: { readonly startMs: number; readonly endMs: number }): Promise<AlertEvidence> {
    const { alert, factor, prometheus, journal } = this.#options;
    const stepMs = Math.max(MIN_SCRAPE_INTERVAL_MS, compress(SCRAPE_INTERVAL_MS, factor));
    const series = await prometheus.queryRange(alertSelector(alert), { ...window, stepMs });
    const evidence = alertEvidence({
      name: HIGH_ERROR_RATE,
      alert,
      factor,
      ratios: series.map(({ samples }) => samples.map(({ value }) => value)),
      episodes: this.episodes({ name: HIGH_ERROR_RATE, ...window }),
    });
    const { fired: _fired, meanRatio: _meanRatio, ...observed } = evidence;
    journal.append({ type: 'alert-evidence', ...observed });
    return evidence;
  }

  /** Looks a last time and ends. */
  async stop(): Promise<void> {
    if (this.#abort.signal.aborted) return this.#loop;
    this.#abort.abort();
    await this.#loop;
    await this.#look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await this.#look();
      await sleep(WATCH_INTERVAL_MS, signal).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const { pager, prometheus, journal } = this.#options;
    try {
      const notifications = await pager.list();
      const rules = await prometheus.rules();
      const broken = rules.find((rule) => rule.health === 'err');
      if (broken !== undefined) {
        throw new HarnessError('rule-broken', {
          message: `rule ${broken.name} fails: ${broken.lastError ?? 'no reason'}`,
        });
      }
      for (const change of this.#tracker.observe(rules, notifications)) journal.append(change);
      this.#problem = undefined;
    } catch (error) {
      // A stack that is being broken on purpose may not answer; one line an outage says so.
      const problem = errorMessage(error);
      if (this.#problem === undefined)
        journal.append({ type: 'note', message: `alerts cannot be watched: ${problem}` });
      this.#problem = problem;
    }
  }
}
