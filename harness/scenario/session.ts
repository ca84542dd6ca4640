import type { ReconciliationResult } from '../contract/reconciliation';
import { untilAborted } from '../core/bounded';
import { monotonicMs } from '../core/clock';
import { HarnessError, errorMessage } from '../core/errors';
import type { FileJournal } from '../contract/journal';
import type { LoadedConfig } from '../contract/config-file';
import type { Progress } from '../core/progress';
import type { MachineWatch } from '../observe/machine-watch';
import type { StackPlan } from '../project/plan';
import type { RunFolder } from '../project/run-folder';
import type { RunningStack } from '../project/running-stack';
import { SIGNS } from '../report/summary-text';
import { checkLine, reconciled } from '../verdict/findings';
import { awaitQuietAlerts } from './alert-view';
import type { OpenLoadOptions } from './context';
import type { LiveRun, OpenedLoad } from './live-run';
import { Run, type FinishedRun } from './run';
import { endRun, type RunEnding } from './run-end';
import type { Scenario } from './scenario';
import { runScenario, skipScenario, type ScenarioOutcome } from './scenario-run';
import type { SessionOptions } from './session-options';
import { REAL_PARTS, type Endable, type SessionParts } from './session-parts';

/** What brings the stack up starts helpers that are given up after 20 s: cut off earlier, one would be left behind. */
const BRING_UP_CLOSING_MS = 30_000;

/** A load ends by itself, or is killed, 15 s after it was asked to. */
const WARM_CLOSING_MS = 20_000;

/** When a stack that has just booted counts as warm. */
const WARM = { errorRatioMax: 0.001, holdMs: 6_000, timeoutMs: 90_000 };

/** A stack that has come up, and how to reach and to end it. */
interface UpStack {
  readonly stack: RunningStack;
  readonly ends: Endable;
  readonly urls: Readonly<Record<string, string>>;
}

/** One run whose stack is up: scenarios on it, and a folder with what happened. */
export class Session implements LiveRun {
  readonly ledgerPaths: string[] = [];
  /** The scenario that runs, if any. */
  #running: Promise<unknown> | undefined;
  #warmingUp: Promise<void> | undefined;
  #finishing: Promise<FinishedRun> | undefined;

  private constructor(
    private readonly record: Run,
    private readonly up: UpStack,
    private readonly parts: SessionParts,
  ) {}

  /**
   * Brings a stack up (or takes hold of a kept one) and opens the run's folder. What it began is taken down when it throws.
   * @throws HarnessError such as `config-invalid`, `project-locked`, `compose-up-failed`
   */
  static async start(options: SessionOptions, parts: SessionParts = REAL_PARTS): Promise<Session> {
    const record = await Run.open(options, parts);
    return new Session(record, await comeUp(record, parts), parts);
  }

  get loaded(): LoadedConfig {
    return this.record.loaded;
  }

  get plan(): StackPlan {
    return this.record.plan;
  }

  get folder(): RunFolder {
    return this.record.folder;
  }

  get journal(): FileJournal {
    return this.record.journal;
  }

  get seed(): string {
    return this.record.seed;
  }

  get machine(): MachineWatch {
    return this.record.machine;
  }

  get stack(): RunningStack {
    return this.up.stack;
  }

  /** Aborted by the caller, by the run's deadline, and when nobody would clean up after us any more. */
  get signal(): AbortSignal {
    return this.record.ending.signal;
  }

  get progress(): Progress {
    return this.record.options.progress;
  }

  openLoad(scenarioId: string, number: number, options?: OpenLoadOptions): Promise<OpenedLoad> {
    return this.parts.openLoad(this, scenarioId, number, options);
  }

  reconcile(): Promise<ReconciliationResult> {
    return this.parts.reconcile(this);
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
    this.#finishing ??= this.#endScenario().then(() =>
      endRun(this.record, { stack: this.up.ends, urls: this.up.urls, found: () => this.#brokenPromises() }),
    );
    return this.#finishing;
  }

  async #run(scenario: Scenario, phase: string): Promise<ScenarioOutcome> {
    const { progress } = this;
    const { skip } = scenario;
    if (skip !== undefined) {
      progress.step(`${SIGNS.skipped} ${scenario.title} — skipped`, { reason: skip });
      return skipScenario(this.journal, { ...scenario, skip }, phase);
    }
    await (this.#warmingUp ??= untilAborted(this.#warmUp(), this.signal, WARM_CLOSING_MS).catch((error: unknown) =>
      this.record.note(error),
    ));
    await awaitQuietAlerts(this).catch((error: unknown) => this.record.note(error));
    progress.step(`▶ ${scenario.title}`);
    const outcome = await runScenario(this, scenario, phase);
    const took = `${(outcome.durationMs / 1_000).toFixed(1)} s`;
    progress.step(`${SIGNS[outcome.verdict]} ${scenario.title} — ${outcome.verdict}, ${took}`, {
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
    });
    return outcome;
  }

  /** Services that have just booted are slow, and on a busy machine they fail: that is no finding about a release. */
  async #warmUp(): Promise<void> {
    if (this.record.options.stack === 'existing') return;
    this.progress.step('warming up');
    try {
      await using traffic = await this.openLoad('warm-up', 1);
      await traffic.awaitSteady(WARM);
    } catch (error) {
      this.progress.step('the stack is not warm; going on', { reason: errorMessage(error) });
      this.record.note(error);
    }
  }

  /** A test runner may have given a scenario up that still runs. */
  async #endScenario(): Promise<void> {
    if (this.#running === undefined) return;
    this.record.ending.abort(new HarnessError('run-ended', { message: 'the run was ended while a scenario ran' }));
    await this.#running.catch((error: unknown) => this.record.note(error));
  }

  /** What was acknowledged in any scenario must be stored, whether that scenario looked or not. `undefined` when it is. */
  async #brokenPromises(): ReturnType<NonNullable<RunEnding['found']>> {
    const isDue = this.loaded.config.reconciliation !== undefined && this.ledgerPaths.length > 0;
    if (!isDue || this.signal.aborted) return undefined;
    try {
      const result = await this.reconcile();
      if (result.acknowledged === 0) return undefined;
      const finding = reconciled(result);
      this.journal.append(checkLine(finding));
      return finding.verdict === 'passed' ? undefined : { verdict: finding.verdict, reason: finding.observed };
    } catch (error) {
      return {
        verdict: 'inconclusive',
        reason: `ledger and stored state could not be compared: ${errorMessage(error)}`,
      };
    }
  }
}

/** Makes the run's stack one that is up; a stack that does not come up ends the run, with its report. */
async function comeUp(run: Run, parts: SessionParts): Promise<UpStack> {
  const { journal, loaded, options, ending } = run;
  const kind = options.stack ?? 'new';
  const startedMs = monotonicMs();
  let ends: Endable | undefined;
  try {
    const begun = parts.begin(run.stackOptions(), kind);
    ends = begun.ends;
    const reach = async () => {
      const stack = await begun.up();
      return { stack, urls: await stack.urls(), images: await stack.images() };
    };
    const { stack, urls, images } = await untilAborted(reach(), ending.signal, BRING_UP_CLOSING_MS);
    const tookMs = monotonicMs() - startedMs;
    if (run.isKept) await stack.keep(options);
    await run.narrow();
    journal.append({ type: 'stack-up', project: loaded.project, tookMs, urls, images });
    const told = kind === 'existing' ? 'the stack is up already' : 'the stack is up';
    options.progress.step(told, { tookMs: Math.round(tookMs), ...urls });
    return { stack, ends: begun.ends, urls };
  } catch (thrown) {
    const failure = run.machine.judge(thrown, startedMs);
    await endRun(run, { stack: ends, urls: {}, failure }).catch((cleanUp: unknown) =>
      options.progress.step(`clean-up: ${errorMessage(cleanUp)}`),
    );
    throw failure;
  }
}
