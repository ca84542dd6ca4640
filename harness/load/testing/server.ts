import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on a loopback port that remembers what it was asked. */
export interface TestServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly seen: readonly { readonly method: string; readonly path: string; readonly requestId: string }[];
  /** Connections accepted so far. */
  connections(): number;
  /** Closes every connection under the requests' feet. */
  cutConnections(): void;
}

/** The usual answer: 201 with an id to a POST, 200 to the rest. */
export function answer(request: IncomingMessage, response: ServerResponse): void {
  const created = request.method === 'POST';
  request.resume().on('end', () => {
    response.writeHead(created ? 201 : 200, { 'content-type': 'application/json' });
    response.end(created ? JSON.stringify({ id: `stored-${String(request.headers['x-request-id'])}` }) : '{}');
  });
}

export async function startServer(handle: typeof answer = answer): Promise<TestServer> {
  const seen: { method: string; path: string; requestId: string }[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    seen.push({ method, path, requestId: String(headers['x-request-id']) });
    handle(request, response);
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections: () => connections,
    cutConnections: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
