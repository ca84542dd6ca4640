import { z } from 'zod';
import { HttpClient } from '../http-client';

/** An alert that Alertmanager holds. Times are wall ms. */
export interface HeldAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'unprocessed' | 'active' | 'suppressed';
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** Alertmanager's API v2, as much as is needed. */
export class Alertmanager {
  readonly #http: HttpClient;

  constructor(readonly baseUrl: string) {
    this.#http = new HttpClient('Alertmanager', baseUrl);
  }

  /** Alerts that are held: a resolved one disappears. */
  async alerts(signal?: AbortSignal): Promise<HeldAlert[]> {
    const held = await this.#http.get('/api/v2/alerts', HELD, { ...(signal && { signal }) });
    return (held ?? []).map(({ fingerprint, labels, status, startsAt, endsAt }) => ({
      fingerprint,
      labels,
      state: status.state,
      startsAtMs: Date.parse(startsAt),
      endsAtMs: Date.parse(endsAt),
    }));
  }

  /** Whether it has loaded its configuration and serves. */
  async ready(signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#http.send({ url: '/-/ready', ...(signal && { signal }) }, [503]);
    return answer !== undefined;
  }
}

const HELD = z.array(
  z.object({
    fingerprint: z.string(),
    labels: z.record(z.string(), z.string()),
    status: z.object({ state: z.enum(['unprocessed', 'active', 'suppressed']) }),
    startsAt: z.string(),
    endsAt: z.string(),
  }),
);
