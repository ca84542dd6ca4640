import { untilAborted } from '../core/bounded';
import { formatError } from '../core/errors';
import { FileJournal } from '../contract/journal';
import type { LoadedConfig } from '../contract/config-file';
import type { Observation } from '../contract/observation';
import { newSeed } from '../core/random';
import type { EngineVersion } from '../docker/client';
import { hold, type Holding } from '../project/holding';
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

/** A run from its first line to its report: what it holds of the project, a folder, a journal. Whatever happens after it is open, it gets its report. */
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
    private readonly holding: Holding,
  ) {}

  /**
   * Takes the project, or the service that the run is for, and opens the run's folder.
   * @throws HarnessError such as `config-invalid`, `project-locked`, `stack-kept`; the lock is given back
   */
  static async open(options: SessionOptions, parts: SessionParts): Promise<Run> {
    const { progress } = options;
    const loaded = await parts.loadConfig(options.configPath);
    const engine = await parts.preflight();
    const { service, waitMs, signal } = options;
    const holding = await hold({
      ...{ loaded, command: options.rerun, progress, signal },
      ...(service === undefined ? {} : { service }),
      ...(waitMs === undefined ? {} : { waitMs }),
    });
    const ending = new RunSignal(options.signal);
    try {
      const plan = await planOf(options, loaded, ending.signal, parts);
      if (plan.alerts.length > 0) progress.step('alerts are sized to the traffic', { ...plan.compression });
      const folder = createRunFolder(options.reportsDirectory ?? 'reports');
      const journal = new FileJournal(folder.journalPath);
      const run = new Run(options, options.seed ?? newSeed(), loaded, plan, folder, journal, ending, holding);
      journal.append(run.#firstLine(engine));
      return run;
    } catch (error) {
      ending[Symbol.dispose]();
      holding[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether the stack is to be there when the run has ended. */
  get isKept(): boolean {
    return this.options.keep === true || this.options.stack === 'existing';
  }

  stackOptions(): StackOptions {
    const { loaded, plan, journal, folder, seed, ending } = this;
    const { services } = this.holding;
    return {
      ...{ loaded, plan, journal, seed },
      isShared: this.options.service !== undefined,
      ...(services === undefined ? {} : { services }),
      signal: ending.signal,
      journalPath: folder.journalPath,
      runDirectory: folder.directory,
      keep: this.isKept,
      progress: this.options.progress,
      ...(this.options.images === undefined ? {} : { images: this.options.images }),
      onStarved: (slowdown) => {
        this.machine.note(slowdown);
        journal.append({ type: 'starved', slowdown });
      },
      isStarved: (forMs) => this.machine.isStarved(forMs),
      onLost: (error) => ending.abort(error),
    };
  }

  /** What dead commands left has been ended: of the project only what the run is for stays held. */
  async narrow(): Promise<void> {
    await this.holding.narrow();
  }

  note(error: unknown): void {
    this.journal.append({ type: 'note', message: formatError(error) });
  }

  /** Writes the last line, gives back what is held. */
  close(last: Extract<Observation, { type: 'run-finished' }> | undefined): void {
    try {
      if (last !== undefined) this.journal.append(last);
    } finally {
      this.ending[Symbol.dispose]();
      this.journal[Symbol.dispose]();
      this.holding[Symbol.dispose]();
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
  { stack, version, progress, images }: SessionOptions,
  loaded: LoadedConfig,
  signal: AbortSignal,
  parts: SessionParts,
): Promise<StackPlan> {
  if (stack === 'existing') {
    const kept = await untilAborted(parts.requireKeptStack(loaded), signal, 0);
    return parts.recallPlan(loaded, kept.plan, signal);
  }
  await untilAborted(parts.clearTheGround(loaded, progress), signal, 0);
  const supply = await untilAborted(parts.provideSupply(['front', 'helper'], { signal, progress }), signal, 0);
  return parts.planStack(loaded, supply, {
    ...images,
    ...(version === undefined ? {} : { version }),
    signal,
    onStep: (message) => progress.step(message),
  });
}
