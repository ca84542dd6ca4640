import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections on which not a byte of a request has come yet. `closeIdleConnections` of Node spares them: to it a connection is idle only after its first
 * answer, so that a caller who has connected ahead of need would hold up the end of the server.
 */
export class SilentConnections {
  readonly #openedAt = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#openedAt.set(socket, performance.now());
      socket.once('close', () => this.#openedAt.delete(socket));
    });
  }

  /** Closes those that have been silent for longer than `ageMs`: the others may have a request under way. */
  close(ageMs: number): void {
    for (const [socket, openedAt] of this.#openedAt) {
      if (socket.bytesRead === 0 && performance.now() - openedAt > ageMs) socket.destroy();
    }
  }
}
