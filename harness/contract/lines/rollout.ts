import { z } from 'zod';
import { momentMs } from '../numbers';
import { rolloutResult, rolloutState, switchFacts } from '../rollout-result';
import { slowAnswers } from '../slow-answers';
import { trafficCounts } from '../traffic-counts';
import { details, line } from './line';

/** A rollout has entered a state. */
export const rollout = line('rollout', {
  rollout: z.string(),
  service: z.string(),
  strategy: z.string(),
  state: rolloutState,
  /** Revision labels such as `orders-r1`. */
  from: z.string(),
  to: z.string(),
  /** Percent of the traffic on `to`. */
  weight: z.number(),
  deadlineAtMs: momentMs.optional(),
  reason: z.string().optional(),
  /** With `RolledBack`. */
  ...switchFacts.partial().shape,
});

/** A rollout is over, whichever way; written by its controller, so that nobody who dies after it loses anything. */
export const rolloutEnded = line('rollout-ended', rolloutResult.shape);

export const action = line('action', {
  rollout: z.string(),
  /** The intent is on the disk before the action begins. */
  phase: z.enum(['intent', 'result']),
  action: z.string(),
  detail: details,
});

export const judgement = line('judgement', {
  rollout: z.string(),
  outcome: z.enum(['hold', 'promote', 'abort']),
  reason: z.string(),
  weight: z.number(),
  canary: trafficCounts,
  stable: trafficCounts,
  errorPValue: z.number().optional(),
  latencyPValue: z.number().optional(),
  latencyShiftMs: z.number().optional(),
  slow: slowAnswers.optional(),
  slowPValue: z.number().optional(),
  power: z.number().optional(),
});
