import { z } from 'zod';
import type { Immutable } from './immutable';
import type { WorkerSettings } from './worker-config';

export const port = z.number().int().min(1).max(65_535);
export const serviceName = z.string().min(1);

/** By what a user is known, so that they stay on one side of a release while its share stays. */
export const stickyBy = z
  .strictObject({
    /** A request header that names the user, as `x-user-id`: its value decides which side, the same every time. */
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, 'the name of a header')
      .exactOptional(),
    /** Whoever has not that header gets a cookie, `rollproof-<service>`, with their place among the hundredths of the users. */
    cookie: z.boolean().exactOptional(),
  })
  .refine(({ header, cookie }) => header !== undefined || cookie === true, 'name a `header`, or set `cookie: true`');
export type StickyBy = Immutable<z.infer<typeof stickyBy>>;

/** A managed service: rollproof owns its name with a front and deploys revisions of it. */
export const managedService = z.strictObject({
  /** The container port that serves HTTP. */
  port,
  /** Path that answers 200 when a replica may get traffic. */
  readiness: z.string().startsWith('/', 'must begin with /'),
  /** How long a replica may finish what it has before it is stopped, ms. Default 30 000. */
  drainMs: z.number().nonnegative().optional(),
  /**
   * Path at which each replica shows its own figures to Prometheus, such as `/metrics`. Default: none is asked. Alerts need none, the
   * front counts: a service's own figures count where no front stands, and tell more on a dashboard.
   */
  metrics: z.string().startsWith('/', 'must begin with /').optional(),
  /**
   * Keeps each user on one side of a release: shares are then shares of the users. As the share of the new revision grows, users only move to it;
   * when it is taken back, all do. Default: each request is drawn by itself.
   */
  stickyBy: stickyBy.optional(),
  /**
   * Two revisions never run at once, as where both would write one volume: a rollout stops the old one before it starts the new one, by
   * `recreate`, and says what the gap cost. Default false.
   */
  exclusive: z.boolean().optional(),
});
export type ManagedService = Immutable<z.infer<typeof managedService>>;

/** What the configuration says of a service that revisions are deployed of. */
export type ServiceSettings = ManagedService | WorkerSettings;

/** Whether a service is a worker: nothing stands before it, and what is weighed are its consumers. */
export function isWorker(settings: ServiceSettings): settings is WorkerSettings {
  return 'kind' in settings;
}

/** caller → callee, both compose services. */
export const edgeSchema = z.strictObject({
  from: serviceName,
  to: serviceName,
  /** Only this port of the callee. Default: a managed service's own, else every TCP port that the callee exposes. */
  port: port.optional(),
});
export type Edge = Immutable<z.infer<typeof edgeSchema>>;

/** An edge: `edge('payments', 'bank')`, or only one port of the callee: `edge('orders', 'postgres:5432')`. */
export function edge(from: string, callee: string): Edge {
  const colon = callee.indexOf(':');
  return colon < 0 ? { from, to: callee } : { from, to: callee.slice(0, colon), port: Number(callee.slice(colon + 1)) };
}

/** An edge's name, wherever one is shown or compared: `payments → bank`, `orders → postgres:5432`. */
export function edgeName({ from, to, port: own }: Edge): string {
  return `${from} → ${to}${own === undefined ? '' : `:${own}`}`;
}

/** A port that a service of the compose project publishes. */
export const endpoint = z.strictObject({ service: serviceName, port });
export type Endpoint = Immutable<z.infer<typeof endpoint>>;
