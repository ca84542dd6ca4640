import type { Progress } from '../core/progress';

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
