import { request } from 'node:http';

const SOCKET_PATH = '/var/run/docker.sock';

/** The guardian holds nothing but Node: the Engine's API over its socket. */
export interface EngineApi {
  /** Resolves with the parsed answer; rejects with `status` for 4xx and 5xx. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
}

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
  call: (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const outgoing = request(
        {
          socketPath: SOCKET_PATH,
          method,
          path,
          timeout: 60_000,
          headers:
            text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        },
        (answer) => {
          let received = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
          answer.once('error', reject);
          answer.once('end', () => {
            const status = answer.statusCode ?? 0;
            if (status >= 400) reject(new EngineError(status, `${method} ${path}: ${status} ${received.trim()}`));
            else resolve(received.trim() === '' ? undefined : JSON.parse(received));
          });
        },
      );
      outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.once('error', reject);
      outgoing.end(text);
    }),
};
