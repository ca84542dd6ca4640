import type { RequestTotals } from '../contract/request-totals';
import type { ReconciliationResult } from '../contract/reconciliation';
import type { OpenLoadOptions, RunningLoad } from './context';
import type { FileJournal } from '../contract/journal';
import type { LoadedConfig } from '../contract/config-file';
import type { MachineWatch } from '../observe/machine-watch';
import type { StackPlan } from '../project/plan';
import type { Progress } from '../core/progress';
import type { RunFolder } from '../project/run-folder';
import type { RunningStack } from '../project/running-stack';

/** A load as the run holds it. */
export interface OpenedLoad extends RunningLoad {
  /** The final counts; `undefined` before it has ended. */
  ended(): RequestTotals | undefined;
}

/** A run whose stack is up: what scenarios and their helpers work on. */
export interface LiveRun {
  readonly loaded: LoadedConfig;
  readonly plan: StackPlan;
  readonly folder: RunFolder;
  readonly journal: FileJournal;
  readonly seed: string;
  readonly progress: Progress;
  /** Ledgers of the loads so far. */
  readonly ledgerPaths: string[];
  readonly stack: RunningStack;
  readonly machine: MachineWatch;
  /** Opens a load; its ledger lies in the run's folder. */
  openLoad(scenarioId: string, number: number, options?: OpenLoadOptions): Promise<OpenedLoad>;
  /** Holds every ledger of the run against what the stack stored. */
  reconcile(): Promise<ReconciliationResult>;
  /** Aborted when the run has to end. */
  readonly signal: AbortSignal;
}
