import { z } from 'zod';
import { releaseResult, releaseState, releaseStep } from '../release-result';
import { line } from './line';

/** A whole release has entered a state. */
export const release = line('release', {
  release: z.string(),
  state: releaseState,
  /** With `Begun`: what it will do, in order. */
  steps: z.array(releaseStep).optional(),
  reason: z.string().optional(),
});

/** Something is done for a step, or to undo it; the intent is on the disk before it begins. */
export const releaseAction = line('release-action', {
  release: z.string(),
  phase: z.enum(['intent', 'result']),
  action: z.enum(['do', 'undo', 'stop-old']),
  ...releaseStep.shape,
});

/** A whole release is over, whichever way. */
export const releaseEnded = line('release-ended', releaseResult.shape);
