import { z } from 'zod';
import type { Step } from '../steps/step';
import { withHooks } from './with-hooks';
import { settingsSchema, type GivenSettings, type RolloutSettings } from './settings';
import type { StrategyFlag } from './flags';
import { checked, invalid } from '../checked';
import type { StrategyRecord } from '../revisions/strategy-record';

export type { StrategyFlag } from './flags';
export type { RolloutSettings } from './settings';

/** How a service gets from the stable revision to the new one: steps, and the measure they are judged by. */
export interface Strategy {
  /** With what it was asked for, for people: `canary 20→50→100 %`. */
  readonly name: string;
  readonly settings: RolloutSettings;
  /**
   * In order. With one that accepts among them the rollout ends `promoted`; without, all is undone after the last one, and it ends `held`.
   */
  readonly steps: readonly Step[];
  /** Nobody asked for it by name: a service that cannot have it takes another one. */
  readonly isDefault?: boolean;
}

/** The steps of a strategy that are judged: they share the probability of a false alarm. */
export function judgedSteps({ steps }: Strategy): number {
  return steps.filter(({ isJudged }) => isJudged).length;
}

/** Whether at most one of the two revisions runs at any time. */
export function takesTurns({ steps }: Strategy): boolean {
  return steps.some((step) => step.takesTurns);
}

export interface StrategyDefinition<Shape extends z.ZodRawShape> {
  /** One or two words, as `--strategy` takes them: `blue-green`. */
  readonly kind: string;
  /** For `--help`. */
  readonly description: string;
  /** Its own options, beside the settings that every strategy takes. */
  readonly options: Shape;
  /** What is wrong with options that are right one by one; `undefined` when nothing is. */
  readonly check?: (options: z.infer<z.ZodObject<Shape>>) => string | undefined;
  /** What `rollproof deploy` takes for it, by option, beside the flags of the settings. */
  readonly flags?: Readonly<Partial<Record<keyof Shape, StrategyFlag>>>;
  /** What was asked for, in a few words. */
  readonly describe: (options: z.infer<z.ZodObject<Shape>>) => string;
  readonly plan: (options: z.infer<z.ZodObject<Shape>>) => readonly Step[];
}

/** What a strategy takes beside the settings. */
type OwnOptions<Shape extends z.ZodRawShape> = keyof Shape extends never ? unknown : z.input<z.ZodObject<Shape>>;

/** What {@link defineStrategy} makes: called with options it gives a strategy. */
export interface StrategyKind<Options> {
  (...options: Record<never, never> extends Options ? [options?: Options] : [options: Options]): Strategy;
  readonly kind: string;
  readonly description: string;
  readonly flags: Readonly<Record<string, StrategyFlag>>;
  /** Kinds of strategies whose flags it takes too. Default: none. */
  readonly takesFlagsOf?: readonly string[];
  /** From options that are not typed, as those of a command line. */
  from(options: Readonly<Record<string, unknown>>): Strategy;
}

/**
 * Makes a kind of strategy: a function from options to steps. Our own are made by it.
 * The function throws HarnessError `strategy-invalid`, naming the option, when it is called with what it does not take.
 */
export function defineStrategy<Shape extends z.ZodRawShape>(
  definition: StrategyDefinition<Shape>,
): StrategyKind<OwnOptions<Shape> & GivenSettings> {
  const { kind, description, flags = {} } = definition;
  const own = z.strictObject(definition.options);
  const settingNames = new Set(Object.keys(settingsSchema.shape));
  const from = (options: Readonly<Record<string, unknown>>): Strategy => {
    const entries = Object.entries(options).filter(([, value]) => value !== undefined);
    const settings = checked(
      settingsSchema,
      Object.fromEntries(entries.filter(([name]) => settingNames.has(name))),
      kind,
    );
    const rest = checked(own, Object.fromEntries(entries.filter(([name]) => !settingNames.has(name))), kind);
    const problem = definition.check?.(rest);
    if (problem !== undefined) throw invalid(kind, problem, options);
    return { name: definition.describe(rest), settings, steps: withHooks(definition.plan(rest), settings) };
  };
  return Object.assign((options: Readonly<Record<string, unknown>> = {}) => from(options), {
    ...{ kind, description, from },
    flags,
  });
}

/** The strategy as plain values. */
export function recordOf({ name, settings, steps }: Strategy): StrategyRecord {
  return { name, settings, steps: steps.map(({ kind, options }) => ({ kind, options: { ...options } })) };
}
