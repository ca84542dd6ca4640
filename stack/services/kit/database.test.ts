import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { Database } from './database';

const CONNECT_LIMIT_MS = 2_000;
/** PostgreSQL cuts a statement off; when not even that answer comes, we do. */
const STATEMENT_LIMIT_MS = 3_000;
const ANSWER_LIMIT_MS = 3_500;

/** How long a test waits for what has been sent. */
const DEADLINE_MS = 4_000;

/** AuthenticationOk and ReadyForQuery of PostgreSQL's protocol: the connection is open. */
const WELCOME = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');

/** Takes connections as PostgreSQL does, or does not even greet them, and never answers a statement. */
class MuteServer {
  heard = '';
  readonly #sockets = new Set<Socket>();
  readonly #arrivals = new EventEmitter();
  readonly #server = createServer();

  async listen(greeting: Buffer | undefined): Promise<string> {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      if (greeting !== undefined) socket.once('data', () => socket.write(greeting));
      socket.on('error', () => undefined);
      socket.setEncoding('latin1').on('data', (text) => {
        this.heard += String(text);
        this.#arrivals.emit('data');
      });
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `postgres://shop:shop@127.0.0.1:${(this.#server.address() as AddressInfo).port}/shop`;
  }

  /** Resolves when `text` has come so many times. */
  async hears(text: string, times = 1): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    while (this.heard.split(text).length <= times) await once(this.#arrivals, 'data', { signal });
  }

  async close(): Promise<void> {
    const closed = once(this.#server.close(), 'close');
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

describe('a database that takes connections and never answers', () => {
  let server: MuteServer;
  let database: Database;

  // Only the limits pass at once; the sockets are real.
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
    server = new MuteServer();
  });

  afterEach(async () => {
    jest.useRealTimers();
    await server.close();
    await database.close();
  });

  const connect = async (greeting?: Buffer): Promise<void> => {
    const url = await server.listen(greeting);
    database = new Database({ url, name: 'orders', logger: pino({ level: 'silent' }) });
  };
  const unavailable = {
    status: 503,
    code: 'database-unavailable',
    cause: expect.objectContaining({ message: expect.stringMatching(/timeout/) }),
  };

  it('is given up when it does not greet in time', async () => {
    await connect();
    const rows = database.query({ text: 'SELECT 42' });
    // The background check has a connection of its own.
    await server.hears('application_name', 2);
    jest.advanceTimersByTime(CONNECT_LIMIT_MS);
    await expect(rows).rejects.toMatchObject(unavailable);
  });

  it('is asked to cut a statement off itself', async () => {
    await connect(WELCOME);
    await server.hears('SELECT 1');
    const parameters = server.heard.split('\0');
    for (const name of ['statement_timeout', 'idle_in_transaction_session_timeout']) {
      expect([name, parameters[parameters.indexOf(name) + 1]]).toEqual([name, String(STATEMENT_LIMIT_MS)]);
    }
  });

  it('is given up when a statement has no answer a little after that', async () => {
    await connect(WELCOME);
    const rows = database.query({ text: 'SELECT 42' });
    await server.hears('SELECT 42');
    jest.advanceTimersByTime(STATEMENT_LIMIT_MS);
    expect(await Promise.race([rows, turn('still PostgreSQL to answer')])).toBe('still PostgreSQL to answer');
    jest.advanceTimersByTime(ANSWER_LIMIT_MS - STATEMENT_LIMIT_MS);
    await expect(rows).rejects.toMatchObject(unavailable);
  });

  it('is given up as soon when the statement is one of a transaction', async () => {
    await connect(WELCOME);
    const work = database.transaction(async () => undefined);
    await server.hears('BEGIN');
    jest.advanceTimersByTime(ANSWER_LIMIT_MS);
    await expect(work).rejects.toMatchObject(unavailable);
  });
});
