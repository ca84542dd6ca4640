import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { trace, SpanStatusCode, type Span } from '@opentelemetry/api';
import { parseJson, readBody } from './body';
import type { Defect } from './defect';
import { HttpError } from './http-error';
import { isInternalPath } from './internal-paths';
import type { Logger } from './logger';
import type { Metrics } from './metrics';
import { requestIdFrom } from './request-id';
import { Router, type Match } from './router';

/**
 * How long an idle connection stays open. Longer than any caller keeps it (a proxy 30 s, our own clients 10 s), so that
 * a request never meets a connection that is just being closed: it is the caller who closes.
 */
export const IDLE_TIMEOUT_MS = 75_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
export const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024;

export interface ShopRequest {
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came. */
  readonly text: string;
  /** The body parsed. Throws `HttpError` 400 when it is not JSON. */
  readonly json: () => unknown;
}

/** A string body is JSON already; anything else is serialised. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Half of the body is sent, and then the connection is closed. */
  readonly isCut?: boolean;
}

export type Handler = (request: ShopRequest) => Answer | Promise<Answer>;

export interface ServerOptions {
  readonly routes: Readonly<Record<string, Handler>>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly defect: Defect;
  readonly isReady: () => boolean;
  /** While true, each answer asks its caller to leave the connection. */
  readonly isDraining: () => boolean;
  readonly bodyLimitBytes?: number;
}

/** An HTTP server with health and metrics endpoints, one log line, one measurement and one span per request. */
export function createShopServer(options: ServerOptions): Server {
  const router = new Router(options.routes);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const handled = isInternalPath(path)
      ? answerInternal(options, path, response)
      : answerBusiness(options, router, path, request, response);
    handled.catch((error: unknown) => {
      options.logger.error({ err: error }, 'an answer could not be written');
      response.destroy();
    });
  };
  return createServer(
    { keepAliveTimeout: IDLE_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    listener,
  );
}

async function answerInternal(options: ServerOptions, path: string, response: ServerResponse): Promise<void> {
  if (options.isDraining()) response.setHeader('connection', 'close');
  if (path === '/metrics') {
    const text = await options.metrics.registry.metrics();
    response.writeHead(200, { 'content-type': options.metrics.registry.contentType }).end(text);
    return;
  }
  const healthy = path === '/livez' || options.isReady();
  send(response, { status: healthy ? 200 : 503, body: { status: healthy ? 'ok' : 'unavailable' } });
}

async function answerBusiness(
  options: ServerOptions,
  router: Router<Handler>,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = performance.now();
  const method = request.method ?? 'GET';
  const requestId = requestIdFrom(request.headers['x-request-id']);
  const span = trace.getActiveSpan();
  let route = 'unmatched';
  let answer: Answer;
  let failure: unknown;
  try {
    const text = await readBody(request, options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES);
    const match: Match<Handler> = router.match(method, path);
    route = match.route;
    await options.defect.before(requestId);
    const { params } = match;
    const asked = { requestId, params, headers: request.headers, text, json: () => parseJson(text) };
    answer = options.defect.after(requestId, await match.handler(asked));
  } catch (error) {
    failure = error;
    answer = errorAnswer(error, requestId);
  }
  const durationMs = performance.now() - startedAt;
  const labels = { route, method, status: String(answer.status) };
  options.metrics.requestDuration.observe(labels, durationMs / 1_000);
  if (span !== undefined) describe(span, { route, method, requestId, status: answer.status });
  logRequest(options.logger, failure, {
    requestId,
    traceId: span?.spanContext().traceId,
    route,
    method,
    status: answer.status,
    durationMs: Math.round(durationMs * 100) / 100,
  });
  response.setHeader('x-request-id', requestId);
  // A caller who is still sending a body that nobody reads must not send a next request behind it.
  const unread = answer.status === 413 && !request.complete;
  if (options.isDraining() || unread) response.setHeader('connection', 'close');
  send(response, answer);
}

interface RequestLine {
  readonly requestId: string;
  readonly traceId: string | undefined;
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Expected failures give their reason in a field; only surprises bring a stack. */
function logRequest(logger: Logger, failure: unknown, line: RequestLine): void {
  if (failure === undefined) logger.info(line, 'request');
  else if (!(failure instanceof HttpError)) logger.error({ ...line, err: failure }, 'request');
  else
    logger[line.status >= 500 ? 'error' : 'info'](
      { ...line, code: failure.code, reason: reasonOf(failure) },
      'request',
    );
}

function reasonOf(error: HttpError): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function errorAnswer(error: unknown, requestId: string): Answer {
  const known = error instanceof HttpError ? error : new HttpError(500, 'internal', 'the request could not be handled');
  return {
    status: known.status,
    body: { error: { code: known.code, message: known.message }, requestId },
    // This service has tried what it can: a caller who tries again would only multiply the load.
    headers: known.status >= 500 ? { 'x-should-retry': 'false' } : {},
  };
}

function describe(span: Span, facts: { route: string; method: string; requestId: string; status: number }): void {
  span.updateName(`${facts.method} ${facts.route}`);
  span.setAttributes({ 'http.route': facts.route, 'request.id': facts.requestId });
  if (facts.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer.body === undefined) {
    response.writeHead(answer.status, answer.headers).end();
    return;
  }
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...answer.headers };
  response.writeHead(answer.status, headers);
  if (answer.isCut === true) response.write(text.slice(0, text.length >> 1), () => response.destroy());
  else response.end(text);
}
