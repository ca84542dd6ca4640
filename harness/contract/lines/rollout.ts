import { z } from 'zod';
import type { Immutable } from '../immutable';
import { hookMoment } from '../hooks';
import { count, durationMs, momentMs } from '../numbers';
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

const replicaCounts = z.strictObject({ running: count, ready: count });

/** The replicas of both revisions, when a rollout that exchanges them has changed something, and before it stops any. */
export const replicas = line('replicas', {
  rollout: z.string(),
  /** What has just happened, or is about to: `begin`, `started`, `ready`, `stopping`, `stopped`. */
  moment: z.enum(['begin', 'started', 'ready', 'stopping', 'stopped']),
  from: replicaCounts,
  to: replicaCounts,
  /** Never fewer are to be ready, of both together, and never more to run. */
  promised: count,
  limit: count,
});

/** A hook of a rollout is over. */
export const hook = line('hook', {
  rollout: z.string(),
  service: z.string(),
  hook: hookMoment,
  /** What was run or called, for people. */
  what: z.string(),
  state: z.enum(['passed', 'failed']),
  durationMs,
  /** Why it failed. */
  reason: z.string().optional(),
  /** How its output ends, when it failed. */
  lastLines: z.array(z.string()).optional(),
  /** Its output, relative to the run's folder. */
  log: z.string().optional(),
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

const skewTrial = z.strictObject({
  /** Labels of the revisions that the two requests were sent to. */
  write: z.string(),
  read: z.string(),
  /** Label of the revision of another service that both were sent to as well: one that is being released at the same time. */
  beside: z.string().optional(),
  /** `unseen`: the service's front never saw the request, so that nobody knows who answered it. */
  is: z.enum(['right', 'wrong', 'unseen']),
  /** The kind of request that is not right. */
  request: z.string().optional(),
  reason: z.string().optional(),
});
export type SkewTrial = Immutable<z.infer<typeof skewTrial>>;

/** What one revision left behind, as the other understood it; in all orders that were tried. */
export const skew = line('skew', {
  rollout: z.string(),
  /** Of the sequence, in the configuration. */
  name: z.string(),
  trials: z.array(skewTrial),
  outcome: z.enum(['right', 'wrong', 'inconclusive']),
  reason: z.string().optional(),
});
