import { accept } from '../steps/accept';
import { z } from 'zod';
import { bake } from '../steps/bake';
import { hold } from '../steps/hold';
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
  options: {
    /** For so long the new set is ready and has no user yet, ms: requests that bear `x-rollproof-revision` with its label reach it. Default: not at all. */
    previewMs: z.number().positive().exactOptional(),
  },
  flags: {
    previewMs: {
      flag: '--preview <s>',
      description:
        'before any user sees the new set, requests that bear `x-rollproof-revision: <its label>` reach it for so long',
      parse: (text) => {
        if (!(Number(text) > 0)) throw new Error('seconds above 0, as 30');
        return Number(text) * 1_000;
      },
    },
  },
  describe: ({ previewMs }) => `blue-green${previewMs === undefined ? '' : `, previewed for ${previewMs} ms`}`,
  plan: ({ previewMs }) => [
    start(),
    ready(),
    ...(previewMs === undefined ? [] : [hold({ forMs: previewMs })]),
    measure(),
    weight({ percent: 100 }),
    bake(),
    accept(),
    retire(),
  ],
});

export type BlueGreenOptions = NonNullable<Parameters<typeof blueGreen>[0]>;
