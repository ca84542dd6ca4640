import type { ErrorCode } from '../core/error-codes';
import type { WrongAnswer } from '../contract/wrong-answer';
import type { LoadCounts, LoadSummary, LoadWindow } from './counts';
import type { GeneratorOptions } from './generator';

/** What the worker needs to start. */
export interface WorkerOptions extends GeneratorOptions {
  readonly configPath: string;
  readonly ledgerPath: string;
}

/** From the harness to the load's worker. */
export type WorkerCommand =
  { readonly type: 'start'; readonly options: WorkerOptions } | { readonly type: 'stop'; readonly drainMs: number };

/** From the load's worker to the harness. */
export type WorkerReport =
  | { readonly type: 'started'; readonly atMs: number }
  | { readonly type: 'counts'; readonly atMs: number; readonly counts: LoadCounts }
  /** As they come. */
  | { readonly type: 'wrong'; readonly answers: readonly WrongAnswer[] }
  | { readonly type: 'window'; readonly window: LoadWindow }
  | { readonly type: 'stopped'; readonly summary: LoadSummary }
  | {
      readonly type: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string;
    };
