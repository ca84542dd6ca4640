import type { z } from 'zod';
import { checked } from '../checked';
import type { RunningRollout } from '../rollout';
import type { RolloutSettings } from '../strategies/settings';

/**
 * What a step is to the rollout:
 * - `acts`: changes the world; waits while the rollout is paused;
 * - `watches`: only looks, while the rollout is paused too; ends at once when somebody promotes;
 * - `commits`: from here on the rollout only goes forward.
 */
export type StepNature = 'acts' | 'watches' | 'commits';

/** How long a step takes by what was asked for, ms, beside the moments that commands need. */
export interface StepTimes {
  readonly atLeastMs: number;
  /** Later it is given up; absent where only somebody, or the rollout's deadline, ends it. */
  readonly atMostMs?: number;
}

/** One step of a strategy, with its options. */
export interface Step {
  readonly kind: string;
  /** Plain values: they stand in the revision's record, for whoever has to end the rollout of a controller that died. */
  readonly options: Readonly<Record<string, unknown>>;
  /** A few words for people. */
  readonly says: string;
  readonly nature: StepNature;
  /** Has the judge look: all such steps of a rollout share the probability of a false alarm. */
  readonly isJudged: boolean;
  /** With it among its steps, a rollout never has both revisions run at once. */
  readonly takesTurns: boolean;
  /** Its undo goes before all others and waits for no disk: it brings traffic back. */
  readonly undoesFirst: boolean;
  /** Absent for what takes no time worth telling. */
  readonly takes: ((settings: RolloutSettings) => StepTimes) | undefined;
  run(rollout: RunningRollout): Promise<void>;
  readonly undo: ((rollout: RunningRollout) => Promise<void>) | undefined;
}

export interface StepDefinition<Schema extends z.ZodType> {
  /** A verb or a noun of one word. */
  readonly kind: string;
  readonly options: Schema;
  readonly describe: (options: z.output<Schema>) => string;
  /** For whoever asks beforehand. Default: no time worth telling. */
  readonly takes?: (settings: RolloutSettings, options: z.output<Schema>) => StepTimes;
  /** Default `acts`. */
  readonly nature?: StepNature;
  /** Default false. */
  readonly isJudged?: boolean;
  /** Default false. */
  readonly takesTurns?: boolean;
  /** Default false. */
  readonly undoesFirst?: boolean;
  /**
   * Does the step; whatever it throws leads back to stable. Must be idempotent where the step comes after one that commits: recovery
   * repeats it.
   */
  readonly run: (rollout: RunningRollout, options: z.output<Schema>) => Promise<void>;
  /** Undoes the step, also when it was done by half. Must be idempotent. */
  readonly undo?: (rollout: RunningRollout, options: z.output<Schema>) => Promise<void>;
}

/** What {@link defineStep} makes: called with options it gives a step. */
export interface StepKind<Options = never> {
  (...options: Record<never, never> extends Options ? [options?: Options] : [options: Options]): Step;
  readonly kind: string;
  /** From options that were read back. */
  from(options: Readonly<Record<string, unknown>>): Step;
}

/**
 * Makes a kind of step. Our own are made by it.
 * The function throws HarnessError `strategy-invalid`, naming the option, when it is called with what it does not take.
 */
export function defineStep<Schema extends z.ZodType<Readonly<Record<string, unknown>>>>(
  definition: StepDefinition<Schema>,
): StepKind<z.input<Schema>> {
  const {
    kind,
    nature = 'acts',
    isJudged = false,
    takesTurns = false,
    undoesFirst = false,
    run,
    undo,
    takes,
  } = definition;
  const from = (given: Readonly<Record<string, unknown>>): Step => {
    const options = checked(definition.options, given, kind);
    return {
      ...{ kind, options, nature, isJudged, takesTurns, undoesFirst },
      says: definition.describe(options),
      takes: takes === undefined ? undefined : (settings) => takes(settings, options),
      run: (rollout) => run(rollout, options),
      undo: undo === undefined ? undefined : (rollout) => undo(rollout, options),
    };
  };
  return Object.assign((given?: z.input<Schema>) => from(given ?? {}), { kind, from });
}
