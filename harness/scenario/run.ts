import { join } from 'node:path';
import { untilAborted } from '../core/bounded';
import { formatError } from '../core/errors';
import { FileJournal } from '../contract/journal';
import type { LoadedConfig } from '../contract/config-file';
import type { Observation } from '../contract/observation';
import { newSeed } from '../core/random';
import type { EngineVersion } from '../docker/client';
import { acquireLock, type ProjectLock } from '../project/lock';
import { MachineWatch } from '../observe/machine-watch';
import type { StackPlan } from '../project/plan';
import { createRunFolder, type RunFolder } from '../project/run-folder';
import type { StackOptions } from '../project/stack-options';
import { buildReport } from '../report/build-report';
import type { Summary } from '../contract/summary';
import { renderSummaryText } from '../report/summary-text';
import { RunSignal } from './run-signal';
import type { SessionOptions } from './session-options';
import type { SessionParts } from './session-parts';

/** What is left when a run has ended. */
export interface FinishedRun {
  readonly summary: Summary;
  readonly htmlPath: string;
  /** The verdict for a terminal. */
  readonly text: string;
}

/** A run from its first line to its report: the project's lock, a folder, a journal. Whatever happens after it is open, it gets its report. */
export class Run {
  readonly machine = new MachineWatch();

  private constructor(
    readonly options: SessionOptions,
    readonly seed: string,
    readonly loaded: LoadedConfig,
    readonly plan: StackPlan,
    readonly folder: RunFolder,
    readonly journal: FileJournal,
    readonly ending: RunSignal,
    private readonly lock: ProjectLock,
  ) {}

  /**
   * Takes the project's lock, and opens the run's folder.
   * @throws HarnessError such as `config-invalid`, `project-locked`, `stack-kept`; the lock is given back
   */
  static async open(options: SessionOptions, parts: SessionParts): Promise<Run> {
    const { progress } = options;
    const loaded = await parts.loadConfig(options.configPath);
    const engine = await parts.preflight();
    const { project, stateDirectory } = loaded;
    const lock = acquireLock({ path: join(stateDirectory, 'lock'), project, command: options.rerun });
    if (lock.tookOver !== undefined) progress.step(lock.tookOver);
    const ending = new RunSignal(options.signal);
    try {
      const plan = await planOf(options, loaded, ending.signal, parts);
      if (plan.alerts.length > 0) progress.step('alerts are sized to the traffic', { ...plan.compression });
      const folder = createRunFolder(options.reportsDirectory ?? 'reports');
      const journal = new FileJournal(folder.journalPath);
      const run = new Run(options, options.seed ?? newSeed(), loaded, plan, folder, journal, ending, lock);
      journal.append(run.#firstLine(engine));
      return run;
    } catch (error) {
      ending[Symbol.dispose]();
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether the stack is to be there when the run has ended. */
  get isKept(): boolean {
    return this.options.keep === true || this.options.stack === 'existing';
  }

  stackOptions(): StackOptions {
    const { loaded, plan, journal, folder, seed, ending } = this;
    return {
      ...{ loaded, plan, journal, seed },
      signal: ending.signal,
      journalPath: folder.journalPath,
      runDirectory: folder.directory,
      keep: this.isKept,
      progress: this.options.progress,
      onStarved: (slowdown) => {
        this.machine.note(slowdown);
        journal.append({ type: 'starved', slowdown });
      },
      onLost: (error) => ending.abort(error),
    };
  }

  note(error: unknown): void {
    this.journal.append({ type: 'note', message: formatError(error) });
  }

  /** Writes the last line, gives the lock back. */
  close(last: Extract<Observation, { type: 'run-finished' }> | undefined): void {
    try {
      if (last !== undefined) this.journal.append(last);
    } finally {
      this.ending[Symbol.dispose]();
      this.journal[Symbol.dispose]();
      this.lock[Symbol.dispose]();
    }
  }

  async report(): Promise<FinishedRun> {
    const { summary, htmlPath } = await buildReport(this.folder.directory);
    return { summary, htmlPath, text: renderSummaryText(summary) };
  }

  #firstLine(engine: EngineVersion): Observation {
    const { options, seed, folder } = this;
    return {
      type: 'run-started',
      run: folder.run,
      title: options.title,
      seed,
      versions: { node: process.versions.node, engine: engine.version, api: engine.apiVersion },
      rerun: options.seedOption === undefined ? options.rerun : `${options.rerun} ${options.seedOption} ${seed}`,
      alerts: this.plan.alerts.map(({ name: alert, quantity, limit, of }) => ({ alert, quantity, limit, of })),
    };
  }
}

async function planOf(
  { stack, progress }: SessionOptions,
  loaded: LoadedConfig,
  signal: AbortSignal,
  parts: SessionParts,
): Promise<StackPlan> {
  if (stack === 'existing') {
    const kept = await untilAborted(parts.requireKeptStack(loaded), signal, 0);
    return parts.recallPlan(loaded, kept.plan, signal);
  }
  await untilAborted(parts.clearTheGround(loaded, progress), signal, 0);
  return parts.planStack(loaded, parts.readSupply(), signal);
}
