import { z } from 'zod';
import { accept } from '../steps/accept';
import { bake } from '../steps/bake';
import { hold } from '../steps/hold';
import { judge } from '../steps/judge';
import { measure } from '../steps/measure';
import { ready } from '../steps/ready';
import { retire } from '../steps/retire';
import { start } from '../steps/start';
import { weight } from '../steps/weight';
import { defineStrategy } from './strategy';

const percents = z
  .array(z.int().min(1).max(100))
  .min(1)
  .refine((steps) => steps.every((step, index) => step > (steps[index - 1] ?? 0)), 'whole percents must rise')
  .readonly();

/**
 * Gives the new revision a growing share of the traffic, and judges it against the stable one at each step.
 * With `holdMs` the last weight is not judged: the new revision stays there for so long and is then taken back, with the outcome `held`.
 * @throws HarnessError `strategy-invalid` for steps that do not rise, or that end below 100 without a hold
 */
export const canary = defineStrategy({
  kind: 'canary',
  description: 'a growing share of the traffic, judged at each step',
  options: {
    /** Percents of the traffic for the new revision, rising; the last one is 100, unless it is held. */
    steps: percents,
    /** Holds the last weight for so long, ms, and goes back to stable. */
    holdMs: z.number().positive().exactOptional(),
  },
  check: ({ steps, holdMs }) =>
    holdMs === undefined && steps.at(-1) !== 100 ? `steps [${steps.join(', ')}] do not rise to 100` : undefined,
  flags: {
    steps: {
      flag: '--steps <percents>',
      description: 'weights of a canary',
      parse: (text) => text.split(',').map(Number),
      initially: '20,50,100',
    },
  },
  describe: ({ steps, holdMs }) => `canary ${steps.join('→')} %${holdMs === undefined ? '' : ', held'}`,
  plan: ({ steps, holdMs }) => {
    const shifts = steps.map((percent) => weight({ percent }));
    const judged = shifts.slice(0, -1).flatMap((shift) => [shift, judge()]);
    const last = shifts.slice(-1);
    if (holdMs !== undefined) return [start(), ready(), ...judged, ...last, hold({ forMs: holdMs })];
    // With no weight before it, nothing would have been measured that the bake could compare with.
    const measured = judged.length === 0 ? [measure()] : judged;
    return [start(), ready(), ...measured, ...last, bake(), accept(), retire()];
  },
});

export type CanaryOptions = Parameters<typeof canary>[0];
