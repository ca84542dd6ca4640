import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { monotonicMs } from '../core/clock';
import type { Verdict } from '../core/events';
import { HarnessError, errorMessage, formatError, runAll } from '../core/errors';
import { FileJournal } from '../core/journal';
import { newSeed } from '../core/random';
import { acquireLock, type ProjectLock } from '../delivery/lock';
import { recover } from '../delivery/recover';
import { preflight } from '../docker/client';
import { poll } from '../core/poll';
import { findLeftovers, sweepProject } from '../docker/sweep';
import { buildReport } from '../report/build-report';
import type { Summary } from '../report/contract';
import { renderSummaryText } from '../report/summary-text';
import { awaitQuietAlerts } from './alert-view';
import { loadConfigFile, type LoadedConfig } from './config-file';
import { planStack, type StackPlan } from './plan';
import type { Progress } from './progress';
import { openLoadOn } from './running-load';
import { createRunFolder, type RunFolder } from './run-folder';
import type { Scenario } from './scenario';
import { runScenario, type ScenarioOutcome } from './scenario-run';
import { Stack } from './stack';
import { forgetKeptStack, keptStack, rememberKeptStack } from './kept-stack';
import { readSupply } from './supply';

/** A run ends by then, whatever hangs. */
export const RUN_DEADLINE_MS = 45 * 60_000;

export interface SessionOptions {
  readonly configPath: string;
  readonly title: string;
  /** The command that repeats this run. */
  readonly rerun: string;
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
export class Session {
  /** Ledgers of the loads so far. */
  readonly ledgerPaths: string[] = [];
  #verdict: Verdict | undefined;
  #warmingUp: Promise<void> | undefined;
  #finishing: Promise<FinishedRun> | undefined;

  private constructor(
    readonly options: SessionOptions,
    readonly seed: string,
    readonly loaded: LoadedConfig,
    readonly plan: StackPlan,
    readonly folder: RunFolder,
    readonly journal: FileJournal,
    readonly stack: Stack,
    /** Aborted by the caller and by the run's deadline. */
    readonly signal: AbortSignal,
    private readonly lock: ProjectLock,
  ) {}

  /**
   * Brings a stack up (or takes hold of a kept one) and opens the run's folder. What it began is taken down when it throws.
   * @throws HarnessError such as `config-invalid`, `project-locked`, `compose-up-failed`
   */
  static async start(options: SessionOptions): Promise<Session> {
    const { progress } = options;
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(RUN_DEADLINE_MS)]);
    const loaded = await loadConfigFile(options.configPath);
    const engine = await preflight();
    const lock = acquireLock({
      path: join(loaded.stateDirectory, 'lock'),
      project: loaded.project,
      command: options.rerun,
    });
    if (lock.tookOver !== undefined) progress.step(lock.tookOver);
    try {
      const existing = options.stack === 'existing';
      await (existing ? requireKeptStack(loaded) : clearTheGround(loaded, progress));
      const plan = await planStack(loaded, readSupply(), signal);
      progress.step('alerts are sized to the traffic', { ...plan.compression });
      const folder = createRunFolder(options.reportsDirectory ?? 'reports');
      const journal = new FileJournal(folder.journalPath);
      const seed = options.seed ?? newSeed();
      journal.append({
        type: 'run-started',
        run: folder.run,
        title: options.title,
        seed,
        versions: { node: process.versions.node, engine: engine.version, api: engine.apiVersion },
        rerun: `${options.rerun} -- --seed ${seed}`,
      });
      const stackOptions = {
        loaded,
        plan,
        journal,
        journalPath: folder.journalPath,
        runDirectory: folder.directory,
        seed,
        keep: options.keep ?? existing,
        progress,
        signal,
      };
      const stack = existing ? Stack.of(stackOptions) : Stack.create(stackOptions);
      const session = new Session(options, seed, loaded, plan, folder, journal, stack, signal, lock);
      await session.#bringUp(existing);
      return session;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  get isKept(): boolean {
    return this.options.keep === true || this.options.stack === 'existing';
  }

  /** Runs one scenario and journals how it ended. Never throws for a bad ending. */
  async run(scenario: Scenario, phase: string): Promise<ScenarioOutcome> {
    const { progress } = this.options;
    await (this.#warmingUp ??= this.#warmUp());
    await awaitQuietAlerts(this).catch((error: unknown) => this.#note(error));
    progress.step(`▶ ${scenario.title}`);
    const outcome = await runScenario(this, scenario, phase);
    const took = `${(outcome.durationMs / 1_000).toFixed(1)} s`;
    progress.step(`${outcome.verdict === 'passed' ? '✓' : '✗'} ${scenario.title} — ${outcome.verdict}, ${took}`, {
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
    });
    return outcome;
  }

  /** As {@link run}, for test runners: whatever is not passed is thrown. */
  async runOrThrow(scenario: Scenario, phase: string): Promise<void> {
    const { verdict, reason, error } = await this.run(scenario, phase);
    if (verdict === 'passed') return;
    throw error instanceof Error ? error : new Error(`${verdict}: ${reason ?? 'no reason'}`);
  }

  /** Takes the stack down (or leaves it, when it is kept) and writes the report. Idempotent. */
  finish(): Promise<FinishedRun> {
    this.#finishing ??= this.#finish();
    return this.#finishing;
  }

  async #bringUp(existing: boolean): Promise<void> {
    const { progress } = this.options;
    const startedMs = monotonicMs();
    try {
      await (existing ? this.stack.attach() : this.stack.up());
      if (existing) await this.#recover();
      const urls = await this.stack.urls();
      const tookMs = monotonicMs() - startedMs;
      this.journal.append({
        type: 'stack-up',
        project: this.loaded.project,
        tookMs,
        urls,
        images: await this.stack.images(),
      });
      if (this.isKept) rememberKeptStack(this.loaded, this.options);
      progress.step('the stack is up', { tookMs: Math.round(tookMs), ...urls });
    } catch (error) {
      this.#verdict = 'error';
      this.journal.append({ type: 'note', message: formatError(error) });
      await this.finish().catch((cleanUp: unknown) => progress.step(`clean-up: ${errorMessage(cleanUp)}`));
      throw error;
    }
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
    const { journal, folder, stack, loaded, options } = this;
    const startedMs = monotonicMs();
    // A stack that was there before us is not ours to remove, whatever went wrong.
    const leaves = options.stack === 'existing' || (this.isKept && this.#verdict !== 'error');
    options.progress.step(leaves ? 'leaving the stack up' : 'taking the stack down');
    let problem: unknown;
    await runAll([
      () => (leaves ? stack.leave() : stack.down()),
      async () => (leaves ? undefined : forgetKeptStack(loaded)),
    ]).catch((error: unknown) => (problem = error));
    if (problem !== undefined) journal.append({ type: 'note', message: `teardown: ${formatError(problem)}` });
    const tookMs = monotonicMs() - startedMs;
    journal.append({ type: 'stack-down', project: loaded.project, tookMs, kept: leaves });
    const interrupted = this.signal.aborted ? errorMessage(this.signal.reason) : undefined;
    journal.append({
      type: 'run-finished',
      verdict: problem !== undefined ? 'error' : (this.#verdict ?? (interrupted === undefined ? 'passed' : 'error')),
      ...(problem === undefined ? {} : { reason: errorMessage(problem) }),
      ...(interrupted === undefined ? {} : { reason: interrupted }),
    });
    journal[Symbol.dispose]();
    this.lock[Symbol.dispose]();
    const { summary, htmlPath } = await buildReport(folder.directory);
    return { summary, htmlPath, text: renderSummaryText(summary) };
  }
}

/** Removes what an earlier run of this project left; a stack that was kept on purpose is not touched. */
async function clearTheGround(loaded: LoadedConfig, progress: Progress): Promise<void> {
  if (keptStack(loaded) !== undefined) {
    throw new HarnessError('stack-kept', {
      message: `${loaded.config.name} is still up from \`${keptStack(loaded)?.command}\``,
      hint: 'Take it down with `npm run down`, or deploy to it with `npm run rollproof -- deploy`.',
    });
  }
  await awaitNoGuardian(loaded);
  const removed = await sweepProject(loaded.project);
  if (removed > 0) progress.step(`healed: removed ${removed} things that an earlier run left behind`);
}

/** A guardian whose harness has died leaves within its grace; one that stays is held by a living run, perhaps of another machine. */
async function awaitNoGuardian({ project }: LoadedConfig): Promise<void> {
  const isGuarded = async () => (await findLeftovers()).some((left) => left.project === project && left.isGuarded);
  await poll(async () => ((await isGuarded()) ? undefined : true), {
    condition: `nobody else runs ${project}`,
    code: 'project-locked',
    timeoutMs: 20_000,
    intervalMs: 500,
    hint: 'Its guardian container has a living owner. Wait until that run ends, or remove it with `npm run down`.',
  });
}

async function requireKeptStack(loaded: LoadedConfig): Promise<void> {
  if (keptStack(loaded) !== undefined && existsSync(resolve(loaded.stateDirectory, 'revisions.json'))) return;
  throw new HarnessError('stack-not-up', {
    message: `${loaded.config.name} is not up`,
    hint: `Bring it up with \`npm run up -- --config ${loaded.path}\`.`,
  });
}
