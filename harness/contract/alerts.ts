import { z } from 'zod';
import type { Immutable } from './immutable';

/** What a person says of every alert, whatever its kind. Durations are production's. */
export const alertOptions = {
  /** Its name for Prometheus, the pager and scenarios; unique in a configuration. */
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'use letters, digits and underscores'),
  /** Services whose users feel it: alerts are on symptoms. */
  of: z.array(z.string().min(1)).min(1),
  /** The stretch that the ratio is taken over: two scrapes at least, four are wise. Default 60 000 ms. */
  windowMs: z.number().int().positive().default(60_000),
  /** How long it must hold before it fires. */
  forMs: z.number().int().positive(),
  severity: z.enum(['page', 'ticket']),
  owner: z.string().min(1),
  /** Path from the repository's root, or a URL. */
  runbook: z.string().min(1),
} as const;

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export type Rule = RecordingRule | AlertRule;

/** A share of requests from 0 to 1, as a person writes a limit: 0.05 is 5 %. */
export const share = z.number().gt(0).lt(1);

/** An alert in a configuration; made by a kind such as `errorRate({…})`. */
export const alertSchema = z.strictObject({
  ...alertOptions,
  windowMs: z.number().int().positive(),
  /** The kind that made it. */
  kind: z.string(),
  /** What its ratio is of: alerts of one quantity can be drawn into one chart. */
  quantity: z.string(),
  /** Above this share it is pending. */
  limit: share,
  /** An answer that takes longer is slow, ms: the objective that it guards, where it is one on latency. */
  slowerThanMs: z.number().positive().exactOptional(),
  /** PromQL: the ratio of each service that it watches, the same at every speed. */
  measure: z.string().min(1),
  /** Its rules at `factor` times production's speed; only durations depend on the factor. */
  rules: z.custom<(factor: number) => readonly Rule[]>(
    (value) => typeof value === 'function',
    'make an alert with errorRate({…}) or another kind',
  ),
});

/** All that the harness knows of an alert. */
export type Alert = Immutable<z.infer<typeof alertSchema>>;

/** An alert without its rules: values alone, all that it takes to watch it. */
export const watchedAlertSchema = alertSchema.omit({ rules: true });
export type WatchedAlert = Immutable<z.infer<typeof watchedAlertSchema>>;

/** What counts as slow of a service's answers by its objectives, ms: the strictest, where several alerts have one. */
export function objectiveMs(alerts: readonly WatchedAlert[], service: string): number | undefined {
  const limits = alerts.filter(({ of }) => of.includes(service)).flatMap(({ slowerThanMs }) => slowerThanMs ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** The alerts of a configuration. */
export const alertsSchema = z
  .array(alertSchema)
  .readonly()
  .superRefine((alerts, context) => {
    alerts.forEach(({ name }, index) => {
      if (alerts.findIndex((other) => other.name === name) === index) return;
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `a second alert is called ${name}` });
    });
  });

/** How an alert is told of at the beginning of a run. */
export const alertLimitSchema = z.strictObject({
  alert: z.string(),
  quantity: z.string(),
  limit: z.number(),
  of: z.array(z.string()).readonly(),
});
export type AlertLimit = Immutable<z.infer<typeof alertLimitSchema>>;
