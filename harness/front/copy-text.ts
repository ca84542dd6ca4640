import { REVISION_HEADER } from './config';
import { SHADOW_TOOK_HEADER, type CopiedRequest } from './copies';

/** What a revision answered to a copy. */
export interface CopyAnswer {
  readonly status: number;
  /** Names in lower case; of one that stands there more than once, the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** Byte for byte, as latin1. */
  readonly body: string;
  /** Label of the revision that answered; absent when none did, and the front answered itself. */
  readonly revision?: string;
  /** From the head of the request to the head of the answer, ms. */
  readonly latencyMs?: number;
}

/**
 * What of a request belongs to its connection, or would have only a part of the answer, or none, sent: it is not copied. All else is, with its
 * credentials.
 */
const LEFT_OUT = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect', 'content-length'],
  ...['accept-encoding', 'range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'],
  ...['x-request-id', REVISION_HEADER],
]);

/** The request as bytes, in latin1, for the revision. */
export function copyText({ method, path, headers }: CopiedRequest, { to, id }: { to: string; id: string }): string {
  const kept = headers.filter(([name]) => !LEFT_OUT.has(name)).map(([name, value]) => `${name}: ${value}`);
  const own = [`x-request-id: ${id}`, `${REVISION_HEADER}: ${to}`, 'connection: close'];
  return [`${method} ${path} HTTP/1.1`, ...kept, ...own, '', ''].join('\r\n');
}

/** Reads an answer, given as latin1; `undefined` for one that is not whole. */
export function parseAnswer(text: string, method: string): CopyAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, Math.max(0, end)).split('\r\n');
  const status = Number(/^HTTP\/\S+ (\d{3})/.exec(first)?.[1] ?? 0);
  if (end < 0 || status === 0) return undefined;
  // What is said before the answer.
  if (status < 200) return parseAnswer(text.slice(end + 4), method);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  const body = hasBody ? bodyOf(text.slice(end + 4), headers) : '';
  if (body === undefined) return undefined;
  const revision = headers[REVISION_HEADER];
  const tookUs = headers[SHADOW_TOOK_HEADER];
  return {
    ...{ status, headers, body },
    ...(revision === undefined || revision === '-' ? {} : { revision }),
    ...(tookUs === undefined ? {} : { latencyMs: Number(tookUs) / 1_000 }),
  };
}

function bodyOf(rest: string, headers: Readonly<Record<string, string>>): string | undefined {
  if (/chunked/i.test(headers['transfer-encoding'] ?? '')) return unchunked(rest);
  const length = headers['content-length'];
  if (length === undefined) return rest;
  return rest.length >= Number(length) ? rest.slice(0, Number(length)) : undefined;
}

function unchunked(rest: string): string | undefined {
  let body = '';
  for (let at = 0; ;) {
    const line = rest.indexOf('\r\n', at);
    const size = line < 0 ? Number.NaN : Number.parseInt(rest.slice(at, line), 16);
    if (size === 0) return body;
    const from = line + 2;
    if (Number.isNaN(size) || rest.length < from + size + 2) return undefined;
    body += rest.slice(from, from + size);
    at = from + size + 2;
  }
}
