import { join } from 'node:path';
import { untilAborted } from '../core/bounded';
import { monotonicMs } from '../core/clock';
import { HarnessError, errorMessage, formatError, runAll } from '../core/errors';
import { FileJournal } from '../contract/journal';
import { newSeed } from '../core/random';
import { acquireLock, type ProjectLock } from '../project/lock';
import { recover } from '../delivery/recover';
import { preflight, type EngineVersion } from '../docker/client';
import { buildReport } from '../report/build-report';
import type { Summary } from '../report/contract';
import { SIGNS, renderSummaryText } from '../report/summary-text';
import { reconciled, type Finding } from '../verdict/findings';
import { awaitQuietAlerts } from './alert-view';
import { loadConfigFile, type LoadedConfig } from '../contract/config-file';
import { clearTheGround, requireKeptStack } from '../project/ground';
import type { LiveRun } from './live-run';
import { planStack, type StackPlan } from '../project/plan';
import type { Progress } from '../core/progress';
import { reconcileRun } from './reconcile-run';
import { openLoadOn } from './running-load';
import { createRunFolder, type RunFolder } from '../project/run-folder';
import { RunSignal } from './run-signal';
import type { Scenario } from './scenario';
import { runScenario, type ScenarioOutcome } from './scenario-run';
import { Stack, type StackOptions } from '../project/stack';
import { forgetKeptStack, rememberKeptStack } from '../project/kept-stack';
import { readSupply } from '../docker/supply';

/** What brings the stack up starts helpers that are given up after 20 s: cut off earlier, one would be left behind. */
const BRING_UP_CLOSING_MS = 30_000;

/** A load ends by itself, or is killed, 15 s after it was asked to. */
const WARM_CLOSING_MS = 20_000;

export interface SessionOptions {
  readonly configPath: string;
  readonly title: string;
  /** The command that repeats this run. */
  readonly rerun: string;
  /** Ends `rerun` where it takes a seed: its seed option. Default: it takes none. */
  readonly seedOption?: string;
  /** Default: a new one. */
  readonly seed?: string;
  /** Leave the stack up at the end, on the ports of its compose file. Default false. */
  readonly keep?: boolean;
  /** `existing`: work on the stack that an earlier command kept, and keep it. Default `new`. */
  readonly stack?: 'new' | 'existing';
  /** Default `reports`. */
  readonly reportsDirectory?: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** When a stack that has just booted counts as warm. */
const WARM = { errorRatioMax: 0.001, holdMs: 6_000, timeoutMs: 90_000 };

/** What is left when a run has ended. */
export interface FinishedRun {
  readonly summary: Summary;
  readonly htmlPath: string;
  /** The verdict for a terminal. */
  readonly text: string;
}

/** One run: a stack that is up, scenarios on it, and a folder with what happened. */
export class Session implements LiveRun {
  readonly ledgerPaths: string[] = [];
  #stack: Stack | undefined;
  /** Why the stack did not come up. */
  #failure: unknown;
  #urls: Readonly<Record<string, string>> = {};
  /** The scenario that runs, if any. */
  #running: Promise<unknown> | undefined;
  #warmingUp: Promise<void> | undefined;
  #finishing: Promise<FinishedRun> | undefined;

  private constructor(
    readonly options: SessionOptions,
    readonly seed: string,
    readonly loaded: LoadedConfig,
    readonly plan: StackPlan,
    readonly folder: RunFolder,
    readonly journal: FileJournal,
    private readonly ending: RunSignal,
    private readonly lock: ProjectLock,
  ) {}

  /**
   * Brings a stack up (or takes hold of a kept one) and opens the run's folder. What it began is taken down when it throws.
   * @throws HarnessError such as `config-invalid`, `project-locked`, `compose-up-failed`
   */
  static async start(options: SessionOptions): Promise<Session> {
    const { progress } = options;
    const loaded = await loadConfigFile(options.configPath);
    const engine = await preflight();
    const lock = acquireLock({
      path: join(loaded.stateDirectory, 'lock'),
      project: loaded.project,
      command: options.rerun,
    });
    if (lock.tookOver !== undefined) progress.step(lock.tookOver);
    const ending = new RunSignal(options.signal);
    try {
      const existing = options.stack === 'existing';
      await untilAborted(existing ? requireKeptStack(loaded) : clearTheGround(loaded, progress), ending.signal, 0);
      const plan = await planStack(loaded, readSupply(), ending.signal);
      progress.step('alerts are sized to the traffic', { ...plan.compression });
      const folder = createRunFolder(options.reportsDirectory ?? 'reports');
      const journal = new FileJournal(folder.journalPath);
      const session = new Session(options, options.seed ?? newSeed(), loaded, plan, folder, journal, ending, lock);
      // From here on there is a folder, and whatever happens it gets its report.
      await session.#bringUp(engine);
      return session;
    } catch (error) {
      ending[Symbol.dispose]();
      lock[Symbol.dispose]();
      throw error;
    }
  }

  get stack(): Stack {
    if (this.#stack === undefined) throw new HarnessError('stack-not-up', { message: 'the run has no stack' });
    return this.#stack;
  }

  /** Aborted by the caller, by the run's deadline, and when nobody would clean up after us any more. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  get progress(): Progress {
    return this.options.progress;
  }

  get isKept(): boolean {
    return this.options.keep === true || this.options.stack === 'existing';
  }

  /** Runs one scenario and journals how it ended. Never throws for a bad ending. */
  run(scenario: Scenario, phase: string): Promise<ScenarioOutcome> {
    // A test runner may start the next one while it has only given this one up.
    const running = Promise.resolve(this.#running)
      .catch(() => undefined)
      .then(() => this.#run(scenario, phase))
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
    this.#running = running;
    return running;
  }

  /** As {@link run}, for test runners: whatever is not passed, nor skipped for want of a capability, is thrown. */
  async runOrThrow(scenario: Scenario, phase: string): Promise<void> {
    const { verdict, reason, error } = await this.run(scenario, phase);
    if (verdict === 'passed' || verdict === 'skipped') return;
    throw error instanceof Error ? error : new Error(`${verdict}: ${reason ?? 'no reason'}`);
  }

  /** Ends the scenario that runs, takes the stack down (or leaves it, when it is kept) and writes the report. Idempotent. */
  finish(): Promise<FinishedRun> {
    this.#finishing ??= this.#finish();
    return this.#finishing;
  }

  async #run(scenario: Scenario, phase: string): Promise<ScenarioOutcome> {
    const { progress } = this.options;
    await (this.#warmingUp ??= untilAborted(this.#warmUp(), this.signal, WARM_CLOSING_MS).catch((error: unknown) =>
      this.#note(error),
    ));
    await awaitQuietAlerts(this).catch((error: unknown) => this.#note(error));
    progress.step(`▶ ${scenario.title}`);
    const outcome = await runScenario(this, scenario, phase);
    const took = `${(outcome.durationMs / 1_000).toFixed(1)} s`;
    progress.step(`${SIGNS[outcome.verdict]} ${scenario.title} — ${outcome.verdict}, ${took}`, {
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
    });
    return outcome;
  }

  async #bringUp(engine: EngineVersion): Promise<void> {
    const { progress } = this.options;
    const startedMs = monotonicMs();
    try {
      this.#journalStart(engine);
      const existing = this.options.stack === 'existing';
      const stack = existing ? Stack.of(this.#stackOptions()) : Stack.create(this.#stackOptions());
      this.#stack = stack;
      const comeUp = async () => {
        await (existing ? stack.attach() : stack.up());
        if (existing) await this.#recover();
        return { urls: await stack.urls(), images: await stack.images() };
      };
      const { urls, images } = await untilAborted(comeUp(), this.signal, BRING_UP_CLOSING_MS);
      const tookMs = monotonicMs() - startedMs;
      this.journal.append({ type: 'stack-up', project: this.loaded.project, tookMs, urls, images });
      if (this.isKept) rememberKeptStack(this.loaded, this.options);
      this.#urls = urls;
      progress.step(existing ? 'the stack is up already' : 'the stack is up', { tookMs: Math.round(tookMs), ...urls });
    } catch (error) {
      this.#failure = error;
      await this.finish().catch((cleanUp: unknown) => progress.step(`clean-up: ${errorMessage(cleanUp)}`));
      throw error;
    }
  }

  #journalStart(engine: EngineVersion): void {
    const { options, seed, folder } = this;
    const alert = this.loaded.config.alerts?.HighErrorRate;
    this.journal.append({
      type: 'run-started',
      run: folder.run,
      title: options.title,
      seed,
      versions: { node: process.versions.node, engine: engine.version, api: engine.apiVersion },
      rerun: options.seedOption === undefined ? options.rerun : `${options.rerun} ${options.seedOption} ${seed}`,
      ...(alert === undefined ? {} : { alertThreshold: alert.threshold }),
    });
  }

  #stackOptions(): StackOptions {
    const { loaded, plan, journal, folder, seed, signal, ending } = this;
    return {
      ...{ loaded, plan, journal, seed, signal },
      journalPath: folder.journalPath,
      runDirectory: folder.directory,
      keep: this.isKept,
      progress: this.options.progress,
      onLost: (error) => ending.abort(error),
    };
  }

  /** Services that have just booted are slow, and on a busy machine they fail: that is no finding about a release. */
  async #warmUp(): Promise<void> {
    if (this.options.stack === 'existing') return;
    this.options.progress.step('warming up');
    try {
      await using traffic = await openLoadOn(this, 'warm-up', 1);
      await traffic.awaitSteady(WARM);
    } catch (error) {
      this.#note(error);
    }
  }

  #note(error: unknown): void {
    this.journal.append({ type: 'note', message: formatError(error) });
  }

  /** Ends the rollouts of a controller that died. */
  async #recover(): Promise<void> {
    for (const { from, to, outcome, reason } of await recover({ ports: this.stack.deliveryPorts() })) {
      this.options.progress.step(`recovered a rollout that was cut off: ${from} → ${to} ${outcome}`, { reason });
    }
  }

  async #finish(): Promise<FinishedRun> {
    const { journal, folder } = this;
    try {
      await this.#endScenario();
      const broken = await this.#brokenPromises();
      const problem = await this.#takeDown();
      const interrupted: unknown = this.signal.aborted ? this.signal.reason : undefined;
      // What failed to come up once the run was aborted, failed for that reason.
      const reasons = [interrupted ?? this.#failure, problem].filter((reason) => reason !== undefined);
      journal.append({
        type: 'run-finished',
        ...(reasons.length > 0
          ? { verdict: 'error', reason: reasons.map(errorMessage).join('; ') }
          : (broken ?? { verdict: 'passed' })),
      });
    } finally {
      this.ending[Symbol.dispose]();
      journal[Symbol.dispose]();
      this.lock[Symbol.dispose]();
    }
    const { summary, htmlPath } = await buildReport(folder.directory);
    return { summary, htmlPath, text: renderSummaryText(summary) };
  }

  /** A test runner may have given a scenario up that still runs. */
  async #endScenario(): Promise<void> {
    if (this.#running === undefined) return;
    this.ending.abort(new HarnessError('run-ended', { message: 'the run was ended while a scenario ran' }));
    await this.#running.catch((error: unknown) => this.#note(error));
  }

  /** What was acknowledged in any scenario must be stored, whether that scenario looked or not. `undefined` when it is. */
  async #brokenPromises(): Promise<(Pick<Finding, 'verdict'> & { readonly reason: string }) | undefined> {
    const isDue = this.loaded.config.reconciliation !== undefined && this.ledgerPaths.length > 0;
    if (!isDue || this.signal.aborted || this.#failure !== undefined) return undefined;
    try {
      const result = await reconcileRun(this);
      if (result.acknowledged === 0) return undefined;
      const finding = reconciled(result);
      this.journal.append({ type: 'check', ...finding });
      return finding.verdict === 'passed' ? undefined : { verdict: finding.verdict, reason: finding.observed };
    } catch (error) {
      return {
        verdict: 'inconclusive',
        reason: `ledger and stored state could not be compared: ${errorMessage(error)}`,
      };
    }
  }

  /** Returns what went wrong; never throws. */
  async #takeDown(): Promise<unknown> {
    const { journal, loaded, options } = this;
    const startedMs = monotonicMs();
    if (this.#failure !== undefined) this.#note(this.#failure);
    // A stack that was there before us is not ours to remove, whatever went wrong.
    const leaves = options.stack === 'existing' || (this.isKept && this.#failure === undefined);
    if (leaves) options.progress.step('leaving the stack up; `npm run down` removes it', this.#urls);
    else options.progress.step('taking the stack down');
    const problem: unknown = await runAll([
      async () => (leaves ? this.#stack?.leave() : this.#stack?.down()),
      async () => (leaves ? undefined : forgetKeptStack(loaded)),
    ]).catch((error: unknown) => error);
    if (problem !== undefined) journal.append({ type: 'note', message: `teardown: ${formatError(problem)}` });
    const tookMs = monotonicMs() - startedMs;
    journal.append({ type: 'stack-down', project: loaded.project, tookMs, kept: leaves });
    return problem;
  }
}
