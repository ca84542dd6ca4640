import { z } from 'zod';
import { alertEvidence } from '../alert-facts';
import { count, figure, momentMs } from '../numbers';
import { trafficCounts } from '../traffic-counts';
import { line, texts } from './line';

export const health = line('health', {
  service: z.string(),
  container: z.string(),
  state: z.enum(['started', 'healthy', 'unhealthy', 'died', 'stopped']),
});

/** The machine was so busy that work in a container took this many times longer than on an idle one. */
export const starved = line('starved', { slowdown: figure });

export const alert = line('alert', {
  alert: z.string(),
  labels: texts,
  state: z.enum(['pending', 'firing', 'inactive', 'notified', 'resolved']),
  /** When it happened by the source's own record, where it has one. */
  happenedAtMs: momentMs.optional(),
  value: figure.optional(),
  annotations: texts.optional(),
});

export const alertEvidenceLine = line('alert-evidence', alertEvidence.shape);

const stretch = { startMs: momentMs, lengthMs: z.number().positive() };

/** What the load saw in one stretch. */
export const loadWindow = line('load-window', {
  load: z.string(),
  ...stretch,
  ...{ sent: count, ok: count, failed: count, lost: count, late: count },
  ...{ latencyMsP50: figure, latencyMsP95: figure, latencyMsP99: figure },
});

/** What a service's front saw in one stretch. */
export const trafficWindow = line('traffic-window', {
  service: z.string(),
  ...stretch,
  /** By revision label. */
  revisions: z.record(z.string(), trafficCounts),
});
