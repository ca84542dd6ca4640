import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { RequestSpec } from '../contract/config';
import { HarnessError } from '../core/errors';

/** Bodies are kept up to this size, in characters, for a check, and to find an `id` in them. */
const BODY_MAX = 1_048_576;

/** How one request ended. `error` is absent only for a complete answer. */
export interface Answer {
  readonly status?: number;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: string;
  readonly error?: string;
}

/** A request that is under way. */
export interface Sending {
  /** Ends it with `error`, unless it has ended. */
  cancel(error: string): void;
}

export interface SendOptions {
  readonly requestId: string;
  readonly keepBody: boolean;
  /** By a connection of its own, closed afterwards. Default false. */
  readonly isAlone?: boolean;
}

/** Sends requests to one address over kept-alive connections. Never retries. */
export class Sender {
  readonly #target: URL;
  readonly #basePath: string;
  readonly #agent: Agent;

  /** `idleTimeoutMs`: an idle connection is closed after that; keep it below the server's, or requests are lost to the race. */
  constructor(baseUrl: string, idleTimeoutMs: number) {
    this.#target = new URL(baseUrl);
    if (this.#target.protocol !== 'http:') {
      throw new HarnessError('load-target-refused', {
        message: `the load speaks http, not ${this.#target.protocol}//`,
        facts: { baseUrl },
      });
    }
    this.#basePath = this.#target.pathname.replace(/\/$/, '');
    this.#agent = new Agent({ keepAlive: true, timeout: idleTimeoutMs, maxFreeSockets: Number.POSITIVE_INFINITY });
  }

  send(
    spec: RequestSpec,
    { requestId, keepBody, isAlone = false }: SendOptions,
    onEnd: (answer: Answer) => void,
  ): Sending {
    const payload = payloadOf(spec);
    let ended = false;
    let status: number | undefined;
    const end = (answer: Answer) => {
      if (ended) return;
      ended = true;
      onEnd(answer);
    };
    const outgoing = request({
      agent: isAlone ? false : this.#agent,
      host: this.#target.hostname.replace(/^\[|\]$/g, ''),
      port: this.#target.port || 80,
      method: spec.method,
      path: this.#basePath + spec.path,
      headers: {
        ...payload?.headers,
        ...spec.headers,
        'x-request-id': requestId,
      },
    });
    outgoing.on('response', (response) => {
      status = response.statusCode;
      receive(response, keepBody, end);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.message;
      // Said apart: a server that closes idle connections before we do loses requests this way.
      end({ error: outgoing.reusedSocket ? `${reason} on a reused connection` : reason });
    });
    outgoing.end(payload?.body);
    return {
      cancel: (error) => {
        end({ ...(status === undefined ? {} : { status }), error });
        outgoing.destroy();
      },
    };
  }

  close(): void {
    this.#agent.destroy();
  }
}

function payloadOf({ body }: RequestSpec): { body: string; headers: Record<string, string | number> } | undefined {
  if (body === undefined) return undefined;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { body: text, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } };
}

function receive(response: IncomingMessage, keepBody: boolean, end: (answer: Answer) => void): void {
  const { statusCode: status = 0, headers } = response;
  let body = '';
  if (keepBody) {
    response.setEncoding('utf8').on('data', (text: string) => {
      if (body.length < BODY_MAX) body = (body + text).slice(0, BODY_MAX);
    });
  } else {
    response.resume();
  }
  response.on('end', () => end(response.complete ? { status, headers, body } : { status, error: 'incomplete-body' }));
  response.on('error', () => end({ status, error: 'incomplete-body' }));
  response.on('close', () => end({ status, error: 'incomplete-body' }));
}
