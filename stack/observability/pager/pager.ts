import { createServer, type IncomingMessage, type Server } from 'node:http';

/** More than anyone reads; the oldest go first. */
const MOST_KEPT = 1_000;

/** Alertmanager sends all alerts of a group in one request. */
const BODY_LIMIT_BYTES = 1024 * 1024;

interface Page {
  /** Wall clock, ms since 1970. */
  readonly receivedAtMs: number;
  /** Alertmanager's webhook as it came. */
  readonly notification: unknown;
}

/** Stands for a paging service: keeps what Alertmanager sends, for whoever asks. README.md has the contract. */
export function createPager(now: () => number = Date.now): Server {
  const pages: Page[] = [];
  const answers: Record<string, (request: IncomingMessage) => Promise<readonly [status: number, body?: unknown]>> = {
    'POST /alerts': async (request) => {
      const notification = await readNotification(request);
      if (notification === undefined) return [400, { error: 'this is no notification of an Alertmanager' }];
      pages.push({ receivedAtMs: now(), notification });
      if (pages.length > MOST_KEPT) pages.shift();
      return [202, { kept: pages.length }];
    },
    'GET /alerts': async () => [200, pages],
    'DELETE /alerts': async () => {
      pages.length = 0;
      return [204];
    },
    'GET /readyz': async () => [200, { status: 'ready' }],
  };
  return createServer((request, response) => {
    const answer = answers[`${request.method} ${request.url}`] ?? (async () => [404, { error: 'not found' }] as const);
    void answer(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
}

/** `undefined` for what no Alertmanager sends. */
async function readNotification(request: IncomingMessage): Promise<unknown> {
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
    }
    if (size > BODY_LIMIT_BYTES) return undefined;
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { status?: unknown; alerts?: unknown } | null;
    const hasStatus = (one: { status?: unknown } | null) => one?.status === 'firing' || one?.status === 'resolved';
    return hasStatus(body) && Array.isArray(body?.alerts) && body.alerts.every(hasStatus) ? body : undefined;
  } catch {
    return undefined;
  }
}
