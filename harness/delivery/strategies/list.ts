import { blueGreen } from './blue-green';
import { canary } from './canary';
import { recreate } from './recreate';
import { rolling } from './rolling';
import { shadow } from './shadow';
import type { StrategyKind } from './strategy';

/** The strategies that `rollproof deploy --strategy` knows; the first is its default. */
export const STRATEGIES: readonly Pick<
  StrategyKind<unknown>,
  'kind' | 'description' | 'flags' | 'takesFlagsOf' | 'from'
>[] = [canary, blueGreen, recreate, rolling, shadow];
