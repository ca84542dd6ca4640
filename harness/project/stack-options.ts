import type { ImagesAsked } from '../compose/image-steps';
import type { LoadedConfig } from '../contract/config-file';
import type { FileJournal } from '../contract/journal';
import type { HarnessError } from '../core/errors';
import type { Progress } from '../core/progress';
import type { StackPlan } from './plan';

/** What a stack is brought up, held and taken down with. */
export interface StackOptions {
  readonly loaded: LoadedConfig;
  readonly plan: StackPlan;
  readonly journal: FileJournal;
  readonly journalPath: string;
  /** The run's folder for `logs/` and `evidence/`. */
  readonly runDirectory: string;
  readonly seed: string;
  readonly keep: boolean;
  /** Other processes may roll out other services of the stack meanwhile: what is theirs is left alone. */
  readonly isShared: boolean;
  /** Of which services it ends what dead processes left. Default: all. */
  readonly services?: readonly string[];
  /** Which images are built or pulled before a release. Default: as `docker compose up` has it. */
  readonly images?: ImagesAsked;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Called for each second in which the machine was so busy that work in a container took `slowdown` times as long as on an idle one. */
  readonly onStarved: (slowdown: number) => void;
  /** Whether that was so for much of the latest so many ms. */
  readonly isStarved: (forMs: number) => boolean;
  /** Called when nobody would clean up after us any more: the run must end. */
  readonly onLost: (error: HarnessError) => void;
}
