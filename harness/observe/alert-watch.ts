import type { AlertEpisode, AlertEvidence } from '../contract/alert-facts';
import { compress } from '../alerting/durations';
import { SCRAPE_INTERVAL_MS, MIN_SCRAPE_INTERVAL_MS } from '../alerting/compression';
import { alertEvidence } from '../alerting/scorecard';
import { sleep, wallMs } from '../core/clock';
import type { WatchedAlert } from '../contract/alerts';
import { HarnessError, errorMessage, hasCode } from '../core/errors';
import type { Journal } from '../contract/journal';
import { poll } from '../core/poll';
import { AlertTracker } from './alert-tracker';
import type { Pager } from './pager';
import type { AlertingRuleState, Prometheus } from './prometheus';
import { WatchGaps } from './watch-gaps';
import { gapText, type WatchGap } from '../contract/watch-gap';

/** Shorter than the shortest evaluation interval, so that no evaluation is missed. */
const WATCH_INTERVAL_MS = 250;

/** Stretches without a look that are shorter hide nothing: a machine that is busy, a garbage collection. */
const GAP_MS_MIN = 2_000;

/** An alert that fires does so for an evaluation at least: in two of them it can come and go. */
const GAP_EVALUATIONS = 2;

/** Of the samples that a window should hold. Fewer: a target was not scraped, or got no requests, and nothing is known of that time. */
const SAMPLES_SHARE_MIN = 0.5;

/** How far an alert has come. */
export type AlertStage = 'pending' | 'firing' | 'notified' | 'resolved';

export interface AlertWatchOptions {
  readonly prometheus: Prometheus;
  readonly pager: Pager;
  readonly journal: Journal;
  /** The alerts that evidence is kept of. What else Prometheus tells of is told as well, and proves nothing. */
  readonly alerts: readonly WatchedAlert[];
  /** The compression that Prometheus runs at. */
  readonly factor: number;
  /** Wall ms; for tests. */
  readonly now?: () => number;
}

const STAGE_TIME = {
  pending: 'pendingAtMs',
  firing: 'firingAtMs',
  notified: 'notifiedAtMs',
} as const satisfies Record<Exclude<AlertStage, 'resolved'>, keyof AlertEpisode>;

/** Follows the alerts of a stack from the rule to the pager; every change goes to the journal once. */
export class AlertWatch implements AsyncDisposable {
  readonly #options: AlertWatchOptions;
  readonly #now: () => number;
  readonly #tracker: AlertTracker;
  readonly #abort = new AbortController();
  readonly #stepMs: number;
  readonly #gapMsMin: number;
  readonly #gaps: WatchGaps;
  /** The rules' own time of their last evaluation, and when a look first saw it. */
  #evaluated: { readonly atMs: number; readonly seenAtMs: number };
  readonly #loop: Promise<void>;

  private constructor(options: AlertWatchOptions) {
    this.#options = options;
    this.#stepMs = Math.max(MIN_SCRAPE_INTERVAL_MS, compress(SCRAPE_INTERVAL_MS, options.factor));
    this.#now = options.now ?? wallMs;
    this.#tracker = new AlertTracker(this.#now());
    this.#gapMsMin = Math.max(GAP_MS_MIN, GAP_EVALUATIONS * this.#stepMs);
    this.#gaps = new WatchGaps(this.#now(), this.#gapMsMin);
    this.#evaluated = { atMs: 0, seenAtMs: this.#now() };
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

  /** Episodes that began since then (wall ms), oldest first: one that was pending before belongs to whatever was done before. */
  episodesSince(sinceMs: number, name: string): AlertEpisode[] {
    return this.episodes({ name, startMs: sinceMs }).filter(({ pendingAtMs }) => pendingAtMs >= sinceMs);
  }

  /** Stretches of a window (wall ms) in which nobody looked, long enough to hide an alert. */
  gaps(window: { readonly startMs: number; readonly endMs: number }): WatchGap[] {
    return this.#gaps.within(window);
  }

  /**
   * Waits until an alert that went pending since `sinceMs` has come to a stage, and returns its episode. It is resolved when all that
   * fired are, and none is left pending.
   * @throws HarnessError `alert-not-reached`; `alert-not-watched` when it may have come while nobody could look
   */
  async awaitStage(
    stage: AlertStage,
    options: {
      readonly name: string;
      /** Wall ms. */
      readonly sinceMs: number;
      readonly timeoutMs: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<AlertEpisode> {
    const { name, sinceMs, timeoutMs, signal } = options;
    const candidates = () => this.episodesSince(sinceMs, name);
    const condition = `${name} is ${stage}`;
    try {
      return await poll(() => atStage(stage, candidates()), {
        condition,
        code: 'alert-not-reached',
        timeoutMs,
        intervalMs: 50,
        describe: () => ({ episodes: candidates() }),
        ...(signal && { signal }),
      });
    } catch (cause) {
      const gaps = this.gaps({ startMs: sinceMs, endMs: this.#now() });
      if (!hasCode(cause, 'alert-not-reached') || gaps.length === 0) throw cause;
      throw new HarnessError('alert-not-watched', {
        message: `whether ${condition} is not known: ${gapText(gaps)}`,
        facts: { ...cause.facts, gaps },
        hint: 'See why Prometheus or the pager did not answer; what breaks the stack must leave those alone that watch it.',
        cause,
      });
    }
  }

  /** How near an alert came in a window (wall ms), from Prometheus' own series, and whether anybody looked; goes to the journal. */
  async evidence(
    alert: WatchedAlert,
    window: { readonly startMs: number; readonly endMs: number },
  ): Promise<AlertEvidence> {
    const { factor, prometheus, journal } = this.#options;
    const gaps = this.gaps(window);
    const series = await prometheus
      .queryRange(alert.measure, { ...window, stepMs: this.#stepMs })
      .catch((error: unknown) => {
        // Without its answer there are no samples, and nothing can be said: that is a result.
        gaps.push({ fromMs: window.startMs, toMs: window.endMs, reason: errorMessage(error) });
        return [];
      });
    const ratios = series.map(({ samples }) => samples.map(({ value }) => value));
    const expected = Math.floor((window.endMs - window.startMs) / this.#stepMs);
    if (ratios.flat().some(Number.isFinite)) {
      for (const service of alert.of) {
        const own = series.filter(({ labels }) => labels['service'] === service).flatMap(({ samples }) => samples);
        const seen = own.filter(({ value }) => Number.isFinite(value)).length;
        if (seen >= expected * SAMPLES_SHARE_MIN) continue;
        const reason = `Prometheus has ${seen} of ${expected} samples of ${service}`;
        gaps.push({ fromMs: window.startMs, toMs: window.endMs, reason });
      }
    }
    const evidence = alertEvidence({
      alert,
      factor,
      ratios,
      episodes: this.episodes({ name: alert.name, ...window }),
    });
    journal.append({ type: 'alert-evidence', ...evidence, gaps });
    return { ...evidence, gaps };
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
    const { alerts, pager, prometheus, journal } = this.#options;
    const askedAtMs = this.#now();
    try {
      const notifications = await pager.list();
      const rules = await prometheus.rules();
      const own = rules.filter(({ name }) => alerts.some((alert) => alert.name === name));
      const broken = own.find((rule) => rule.health === 'err');
      if (broken !== undefined) {
        throw new HarnessError('rule-broken', {
          message: `rule ${broken.name} fails: ${broken.lastError ?? 'no reason'}`,
        });
      }
      for (const change of this.#tracker.observe(rules, notifications)) journal.append(change);
      this.#noteEvaluation(own);
      this.#gaps.looked({ askedAtMs, answeredAtMs: this.#now() });
    } catch (error) {
      // A stack that is being broken on purpose may not answer; one line an outage says so.
      const problem = errorMessage(error);
      if (this.#gaps.problem === undefined)
        journal.append({ type: 'note', message: `alerts cannot be watched: ${problem}` });
      this.#gaps.failed(problem);
    }
  }

  /** Rules that Prometheus tells of, and no longer evaluates, show nothing. */
  #noteEvaluation(rules: readonly AlertingRuleState[]): void {
    const atMs = rules.length === 0 ? 0 : Math.min(...rules.map(({ lastEvaluationMs }) => lastEvaluationMs));
    const nowMs = this.#now();
    if (atMs > this.#evaluated.atMs) {
      this.#evaluated = { atMs, seenAtMs: nowMs };
    } else if (nowMs - this.#evaluated.seenAtMs > this.#gapMsMin) {
      throw new HarnessError('rule-not-evaluated', {
        message: 'Prometheus answers, and has stopped evaluating the rules',
        facts: { rules: rules.length, sinceMs: nowMs - this.#evaluated.seenAtMs },
      });
    }
  }
}

function atStage(stage: AlertStage, episodes: readonly AlertEpisode[]): AlertEpisode | undefined {
  if (stage !== 'resolved') return episodes.find((episode) => episode[STAGE_TIME[stage]] !== undefined);
  const fired = episodes.filter(({ firingAtMs }) => firingAtMs !== undefined);
  const isOver =
    fired.every(({ resolvedAtMs }) => resolvedAtMs !== undefined) &&
    episodes.every(({ inactiveAtMs }) => inactiveAtMs !== undefined);
  // One that never fired has nothing to resolve.
  return isOver ? fired.at(-1) : undefined;
}
