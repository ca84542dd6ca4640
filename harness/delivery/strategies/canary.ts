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
import type { Step } from '../steps/step';
import { defineStrategy } from './strategy';

const percent = z.int().min(1).max(100);

/** A share of the traffic, and how long to stay there before it is judged, ms, or until somebody resumes the rollout. */
const pausedStep = z.strictObject({
  weight: percent,
  pauseMs: z.union([z.number().positive(), z.literal('until-resumed')]),
});

const canaryStep = z.union([percent, pausedStep]);
type CanaryStep = z.output<typeof canaryStep>;

const steps = z
  .array(canaryStep)
  .min(1)
  .refine(
    (all) => all.every((step, index) => weightOf(step) > (index === 0 ? 0 : weightOf(all[index - 1] ?? 0))),
    'whole percents must rise',
  )
  .readonly();

function weightOf(step: CanaryStep): number {
  return typeof step === 'number' ? step : step.weight;
}

/** The share, and the pause at it. */
function shift(step: CanaryStep): Step[] {
  const to = weight({ percent: weightOf(step) });
  if (typeof step === 'number') return [to];
  return [to, step.pauseMs === 'until-resumed' ? hold() : hold({ forMs: step.pauseMs })];
}

/**
 * Gives the new revision a growing share of the traffic, and judges it against the stable one at each step.
 * With `holdMs` the last weight is not judged: the new revision stays there for so long and is then taken back, with the outcome `held`.
 * @throws HarnessError `strategy-invalid` for steps that do not rise, or that end below 100 without a hold
 */
export const canary = defineStrategy({
  kind: 'canary',
  description: 'a growing share of the traffic, judged at each step',
  options: {
    /**
     * Percents of the traffic for the new revision, rising; the last one is 100, unless it is held. As `{ weight: 20, pauseMs: 60_000 }` the rollout
     * pauses there before it is judged; with `pauseMs: 'until-resumed'` until somebody resumes it.
     */
    steps,
    /** Holds the last weight for so long, ms, and goes back to stable. */
    holdMs: z.number().positive().exactOptional(),
  },
  check: ({ steps, holdMs }) =>
    holdMs === undefined && weightOf(steps.at(-1) ?? 0) !== 100
      ? `steps [${steps.map(weightOf).join(', ')}] do not rise to 100`
      : undefined,
  flags: {
    steps: {
      flag: '--steps <percents>',
      description:
        'weights of a canary; at 20:60 it pauses for 60 s before it is judged, at 20:pause until `rollproof resume`',
      parse: (text) => text.split(',').map(parseStep),
      initially: '20,50,100',
    },
  },
  describe: ({ steps, holdMs }) => `canary ${steps.map(weightOf).join('→')} %${holdMs === undefined ? '' : ', held'}`,
  plan: ({ steps, holdMs }) => {
    const judged = steps.slice(0, -1).flatMap((step) => [...shift(step), judge()]);
    const last = steps.slice(-1).flatMap(shift);
    if (holdMs !== undefined) return [start(), ready(), ...judged, ...last, hold({ forMs: holdMs })];
    // With no weight before it, nothing would have been measured that the bake could compare with.
    const measured = judged.length === 0 ? [measure()] : judged;
    return [start(), ready(), ...measured, ...last, bake(), accept(), retire()];
  },
});

export type CanaryOptions = Parameters<typeof canary>[0];

function parseStep(text: string): unknown {
  const [share, pause] = text.split(':');
  if (pause === undefined) return Number(share);
  if (pause === 'pause') return { weight: Number(share), pauseMs: 'until-resumed' };
  if (!(Number(pause) > 0)) throw new Error('percents, each with a pause if wanted, as 20:60,50:pause,100');
  return { weight: Number(share), pauseMs: Number(pause) * 1_000 };
}
