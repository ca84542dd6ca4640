import { connect, createServer, type Server, type Socket } from 'node:net';

const ENGINE = '/var/run/docker.sock';

/** The Engine behind a socket of ours, so that a test can take it away from one process alone. */
export class EngineProxy implements Disposable {
  readonly #sockets = new Set<Socket>();

  private constructor(
    readonly path: string,
    private readonly server: Server,
  ) {
    // Half-open: `docker` and dockerode end their side of a stream while they still read the other.
    server.on('connection', (client) => {
      const upstream = connect({ path: ENGINE, allowHalfOpen: true });
      this.#sockets.add(client).add(upstream);
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          other.destroy();
          this.#sockets.delete(socket);
        });
      }
      client.pipe(upstream);
      upstream.pipe(client);
    });
  }

  static async listen(path: string): Promise<EngineProxy> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((listening) => server.listen(path, listening));
    return new EngineProxy(path, server);
  }

  /** Ends all connections and takes no more: the Engine is gone for whoever uses this socket. */
  cut(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  [Symbol.dispose](): void {
    this.cut();
  }
}
