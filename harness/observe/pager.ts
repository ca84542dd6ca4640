import { z } from 'zod';
import { HttpClient, type Address } from './http-client';

/** One alert of one notification that reached the pager. Times are wall ms. */
export interface PagerNotification {
  readonly receivedAtMs: number;
  readonly alert: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** When the alert began to fire, by Prometheus. */
  readonly startsAtMs: number;
  /** The same for the same labels. */
  readonly fingerprint: string;
}

/** The stack's pager: keeps the webhooks that Alertmanager sends. */
export class Pager {
  readonly #http: HttpClient;

  constructor(address: Address) {
    this.#http = new HttpClient('pager', address);
  }

  /** What was received, oldest first, one entry an alert. */
  async list(signal?: AbortSignal): Promise<PagerNotification[]> {
    const pages = await this.#http.get('/alerts', PAGES, { ...(signal && { signal }) });
    return (pages ?? []).flatMap(({ receivedAtMs, notification }) =>
      notification.alerts.map(({ labels: { alertname = '', ...labels }, ...alert }) => ({
        receivedAtMs,
        alert: alertname,
        status: alert.status,
        labels,
        annotations: alert.annotations,
        startsAtMs: Date.parse(alert.startsAt),
        fingerprint: alert.fingerprint,
      })),
    );
  }
}

const PAGES = z.array(
  z.object({
    receivedAtMs: z.number(),
    notification: z.object({
      alerts: z.array(
        z.object({
          status: z.enum(['firing', 'resolved']),
          labels: z.record(z.string(), z.string()),
          annotations: z.record(z.string(), z.string()),
          startsAt: z.string(),
          fingerprint: z.string(),
        }),
      ),
    }),
  }),
);
