import type { ImagesAsked } from '../compose/image-steps';
import type { Progress } from '../core/progress';
import type { StackVersion } from '../project/plan';

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
  /** Of a new stack: another version of it than the one that the configuration names. */
  readonly version?: StackVersion;
  /** `existing`: work on the stack that an earlier command kept, and keep it. Default `new`. */
  readonly stack?: 'new' | 'existing';
  /** Changes this service alone, so that others may be rolled out by other commands at the same time. Default: the whole project is held. */
  readonly service?: string;
  /** How long to wait for whoever holds what this run needs, ms. Default 0: it is refused. */
  readonly waitMs?: number;
  /** Default `reports`. */
  readonly reportsDirectory?: string;
  /** Which images are built or pulled before the stack comes up, or before a release. Default: as `docker compose up` has it. */
  readonly images?: ImagesAsked;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
