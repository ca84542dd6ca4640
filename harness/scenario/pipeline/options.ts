import type { PipelineOutcome, StageName, StageReport } from '../../contract/lines/pipeline';
import type { Summary } from '../../contract/summary';
import type { Progress } from '../../core/progress';

/** What every command on a pipeline takes. */
export interface PipelineOptions {
  readonly configPath: string;
  /** The command that repeats it. */
  readonly rerun: string;
  /** Default `reports`. */
  readonly reportsDirectory?: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface PushOptions extends PipelineOptions {
  /** The bare repository. */
  readonly repository: string;
  /** Default: the branch that the pipeline delivers. */
  readonly ref?: string;
  /** Default: the tip of the ref. All zeroes: it was deleted. */
  readonly commit?: string;
}

export interface RetryOptions extends PipelineOptions {
  /** That stage alone. Default: everything that is not through. */
  readonly stage?: StageName;
}

/** What a command has come to. */
export interface PipelineResult {
  /** `not-ours`: a push that no pipeline is for. */
  readonly outcome: PipelineOutcome | 'not-ours';
  /** Of what came to no run: why. */
  readonly reason?: string;
  /** How the stage that failed ended, by its own log. */
  readonly failure?: StageReport;
  readonly summary?: Summary;
  readonly htmlPath?: string;
}
