import { accept } from './accept';
import { bake } from './bake';
import { consume } from './consume';
import { hold } from './hold';
import { hook } from './hook';
import { join } from './join';
import { judge } from './judge';
import { measure } from './measure';
import { ready } from './ready';
import { recheck } from './recheck';
import { retire } from './retire';
import { roll } from './roll';
import { shadow } from './shadow';
import { skew } from './skew';
import { start } from './start';
import type { StepKind } from './step';
import { vacate } from './vacate';
import { weight } from './weight';

/** The kinds of steps that every process knows: those of a rollout whose controller died are found here again. */
export const STEPS: readonly Pick<StepKind, 'kind' | 'from'>[] = [
  start,
  ready,
  skew,
  shadow,
  weight,
  consume,
  judge,
  hold,
  hook,
  measure,
  vacate,
  roll,
  bake,
  recheck,
  join,
  accept,
  retire,
];
