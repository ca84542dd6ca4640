import { z } from 'zod';
import { parse } from '../kit/parse';
import type { Handler } from '../kit/server';

/** More than anyone reads; the oldest go first. */
const MOST_KEPT = 1_000;

/** The parts of an Alertmanager webhook that every version sends; the rest is kept as it came. */
const notificationSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  alerts: z.array(z.looseObject({ status: z.enum(['firing', 'resolved']), labels: z.record(z.string(), z.string()) })),
});

interface Page {
  /** Wall clock, ms since 1970. */
  readonly receivedAtMs: number;
  readonly notification: z.infer<typeof notificationSchema>;
}

/** Stands for a paging service: keeps what Alertmanager sends, for whoever asks. */
export function pagerRoutes(now: () => number = Date.now): Record<string, Handler> {
  const pages: Page[] = [];
  return {
    'POST /alerts': (request) => {
      pages.push({ receivedAtMs: now(), notification: parse(notificationSchema, request.json()) });
      if (pages.length > MOST_KEPT) pages.shift();
      return { status: 202, body: { kept: pages.length } };
    },
    'GET /alerts': () => ({ status: 200, body: pages }),
    'DELETE /alerts': () => {
      pages.length = 0;
      return { status: 204 };
    },
  };
}
