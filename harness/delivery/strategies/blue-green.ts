import { accept } from '../steps/accept';
import { bake } from '../steps/bake';
import { measure } from '../steps/measure';
import { ready } from '../steps/ready';
import { retire } from '../steps/retire';
import { start } from '../steps/start';
import { weight } from '../steps/weight';
import { defineStrategy } from './strategy';

/**
 * Starts a full second set, and once all of it is ready switches all traffic to it at once. The new set is held against what stable did
 * before the switch, for at least `bakeMs`; stable stays warm meanwhile. A new set that looks worse is compared with stable over the same
 * seconds, half of the traffic each, and loses everything at once when the judge says so.
 * @throws HarnessError `strategy-invalid`
 */
export const blueGreen = defineStrategy({
  kind: 'blue-green',
  description: 'all traffic at once to a second set, with the first kept warm',
  options: {},
  describe: () => 'blue-green',
  plan: () => [start(), ready(), measure(), weight({ percent: 100 }), bake(), accept(), retire()],
});

export type BlueGreenOptions = NonNullable<Parameters<typeof blueGreen>[0]>;
