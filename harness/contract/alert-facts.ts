import { z } from 'zod';
import type { Immutable } from './immutable';
import { count, figure, momentMs } from './numbers';
import { watchGap } from './watch-gap';

const texts = z.record(z.string(), z.string());

/** One episode of an alert for one set of labels. Times are wall ms by the source's own record; absent: it did not happen. */
export const alertEpisode = z.strictObject({
  name: z.string(),
  labels: texts,
  annotations: texts,
  /** The annotation of that name as the pager had it; before that, as last seen. */
  summary: z.string().optional(),
  /** The rule's value when the pager was notified; before that, when last seen active. */
  value: figure.optional(),
  pendingAtMs: momentMs,
  /** The last evaluation that found it pending. */
  lastPendingAtMs: momentMs.optional(),
  firingAtMs: momentMs.optional(),
  /** The pager had it. */
  notifiedAtMs: momentMs.optional(),
  /** The rule let go. */
  inactiveAtMs: momentMs.optional(),
  /** The pager was told that it is over. */
  resolvedAtMs: momentMs.optional(),
});
export type AlertEpisode = Immutable<z.infer<typeof alertEpisode>>;

/** An alert's life in a scenario: the episode that is worth telling, or its name alone where it stayed silent. */
export const alertFacts = alertEpisode.partial().extend({
  name: z.string(),
  /** Whether the runbook that the annotations name can be read. */
  runbookExists: z.boolean().optional(),
  /** Stretches of the scenario in which nobody looked, long enough to hide what is absent here. Absent: none. */
  gaps: z.array(watchGap).optional(),
});
export type AlertFacts = Immutable<z.infer<typeof alertFacts>>;

/** How near an alert came to firing, whether it did, and whether somebody looked. */
export const alertEvidence = z.strictObject({
  alert: z.string(),
  fired: z.boolean(),
  /** Peak of what is measured ÷ the threshold. */
  peakOverThreshold: figure,
  /** Longest pending ÷ `for`. */
  pendingOverFor: figure,
  /** Mean of what is measured, of the service that was worst. 0 without samples. */
  meanRatio: figure,
  compression: z.number(),
  /** Evaluations that the peak was taken from. 0: nothing can be said. */
  samples: count,
  /** Stretches long enough to hide an alert. */
  gaps: z.array(watchGap),
});
export type AlertEvidence = Immutable<z.infer<typeof alertEvidence>>;
