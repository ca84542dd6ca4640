import { z } from 'zod';
import { alertLimitSchema } from '../alerts';
import { durationMs } from '../numbers';
import { errorKind, verdict } from '../verdict';
import { details, line, texts } from './line';

export const runStarted = line('run-started', {
  run: z.string(),
  title: z.string(),
  seed: z.string(),
  versions: texts,
  /** The command that runs it again. */
  rerun: z.string(),
  /** What the configured alerts judge by. */
  alerts: z.array(alertLimitSchema).optional(),
});

export const runFinished = line('run-finished', {
  verdict,
  kind: errorKind.optional(),
  reason: z.string().optional(),
});

const image = z.strictObject({ image: z.string(), imageId: z.string(), source: z.string().optional() });

export const stackUp = line('stack-up', {
  project: z.string(),
  tookMs: durationMs,
  urls: texts,
  images: z.record(z.string(), image),
});

export const stackDown = line('stack-down', { project: z.string(), tookMs: durationMs, kept: z.boolean() });

export const skippedCapability = line('skipped-capability', { capability: z.string(), reason: z.string() });

export const note = line('note', { message: z.string(), detail: details.optional() });
