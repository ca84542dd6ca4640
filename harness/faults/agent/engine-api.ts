import { request, type IncomingMessage } from 'node:http';

const SOCKET_PATH = '/var/run/docker.sock';

/** The guardian holds nothing but Node: the Engine's API over its socket. */
export interface EngineCalls {
  /** Resolves with the parsed answer; rejects with `status` for 4xx and 5xx. */
  call(method: Method, path: string, body?: unknown): Promise<unknown>;
}

export interface EngineApi extends EngineCalls {
  /** Resolves with the answer as it comes: what goes on, or is no JSON. `silenceMsMax` ends one that says nothing. Default: none is too long. */
  stream(method: Method, path: string, options?: StreamOptions): Promise<IncomingMessage>;
}

type Method = 'GET' | 'POST' | 'DELETE';

export interface StreamOptions {
  readonly body?: unknown;
  readonly silenceMsMax?: number;
}

const ANSWER_TIMEOUT_MS = 60_000;

/** An answer of the Engine that is not a success. */
export class EngineError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The Engine behind the socket that is mounted into the container. */
export const socketEngine: EngineApi = {
  call: async (method, path, body) => {
    const text = await textOf(await ask(method, path, { body, silenceMsMax: ANSWER_TIMEOUT_MS }));
    return text.trim() === '' ? undefined : (JSON.parse(text) as unknown);
  },
  stream: (method, path, options = {}) => ask(method, path, options),
};

function ask(method: Method, path: string, { body, silenceMsMax }: StreamOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = request(
      {
        socketPath: SOCKET_PATH,
        method,
        path,
        // Node's shared agent ends what is silent for five seconds.
        agent: false,
        ...(silenceMsMax === undefined ? {} : { timeout: silenceMsMax }),
        headers:
          text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      },
      (answer) => {
        const status = answer.statusCode ?? 0;
        if (status < 400) return resolve(answer);
        textOf(answer).then(
          (reason) => reject(new EngineError(status, `${method} ${path}: ${status} ${reason.trim()}`)),
          reject,
        );
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
    outgoing.once('error', reject);
    outgoing.end(text);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) text += String(chunk);
  return text;
}
