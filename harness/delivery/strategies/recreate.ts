import { accept } from '../steps/accept';
import { bake } from '../steps/bake';
import { measure } from '../steps/measure';
import { ready } from '../steps/ready';
import { retire } from '../steps/retire';
import { start } from '../steps/start';
import { vacate } from '../steps/vacate';
import { weight } from '../steps/weight';
import { defineStrategy } from './strategy';

/**
 * For what must not run twice, as whatever holds a lock or writes a file of its own: stops the old revision, then starts the new one. Nobody
 * is served in between, nor on the way back; the result says for how long, and how many requests that cost. The new revision is held against
 * what stable did before.
 * @throws HarnessError `strategy-invalid`
 */
export const recreate = defineStrategy({
  kind: 'recreate',
  description: 'stops the old revision before the new one starts, for what cannot run twice: nobody serves in between',
  options: {},
  describe: () => 'recreate',
  plan: () => [measure(), vacate(), start(), ready(), weight({ percent: 100 }), bake(), accept(), retire()],
});

export type RecreateOptions = NonNullable<Parameters<typeof recreate>[0]>;
