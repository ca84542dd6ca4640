import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type QueryConfig, type QueryResultRow } from 'pg';
import { HttpError } from './http-error';
import type { Logger } from './logger';

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 3_000;
const CHECK_EVERY_MS = 2_000;
/** At boot the check is quicker, so that a service is ready as soon as its database is. */
const FIRST_CHECK_EVERY_MS = 100;
/** One late answer under load is no reason to leave the rotation. */
const UNHEALTHY_AFTER_FAILURES = 2;

/** Runs statements; outside a transaction each is one of its own. Rows are trusted: the tables are ours. */
export interface Queries {
  /** A `name` lets PostgreSQL keep the plan per connection. */
  readonly query: <Row extends QueryResultRow>(statement: QueryConfig) => Promise<Row[]>;
}

/** A pool with time limits, and a background check that answers "reachable?" without asking. */
export class Database implements Queries {
  readonly #pool: Pool;
  readonly #ended = new AbortController();
  #failures = UNHEALTHY_AFTER_FAILURES;

  constructor(options: { readonly url: string; readonly name: string; readonly logger: Logger }) {
    this.#pool = new Pool({
      connectionString: options.url,
      application_name: options.name,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS + 500,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      keepAlive: true,
    });
    this.#pool.on('error', (error) =>
      options.logger.warn({ reason: error.message }, 'an idle database connection broke'),
    );
    void this.#check();
  }

  get reachable(): boolean {
    return this.#failures < UNHEALTHY_AFTER_FAILURES;
  }

  async query<Row extends QueryResultRow>(statement: QueryConfig): Promise<Row[]> {
    try {
      return (await this.#pool.query<Row>(statement)).rows;
    } catch (error) {
      throw translate(error);
    }
  }

  /** Commits when `work` resolves, rolls back when it throws. */
  async transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw translate(error);
    });
    // A connection that breaks between two statements reports it as an event, which would end the process; the next
    // statement fails anyway.
    let broken = false;
    const onBroken = (): void => {
      broken = true;
    };
    client.on('error', onBroken);
    try {
      await client.query('BEGIN');
      const result = await work({
        query: async <Row extends QueryResultRow>(statement: QueryConfig) => (await client.query<Row>(statement)).rows,
      });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that owes an answer would keep ROLLBACK waiting for a second limit. Closing it rolls back as well.
      if (isAnswered(error)) await client.query('ROLLBACK').catch(onBroken);
      else onBroken();
      throw translate(error);
    } finally {
      client.off('error', onBroken);
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#pool.end();
  }

  async #check(): Promise<void> {
    const { signal } = this.#ended;
    let everReachable = false;
    while (!signal.aborted) {
      try {
        await this.#pool.query('SELECT 1');
        this.#failures = 0;
        everReachable = true;
      } catch {
        // The state is what callers see on /readyz; failing requests log the reason.
        this.#failures += 1;
      }
      await sleep(everReachable ? CHECK_EVERY_MS : FIRST_CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** SQLSTATE classes of a statement that is wrong in itself; anything else means that the database is not available. */
const OUR_FAULT = /^(?:0A|21|22|23|25|26|42)/;

function translate(error: unknown): unknown {
  if (error instanceof HttpError) return error;
  if (OUR_FAULT.test(sqlState(error))) return error;
  return new HttpError(503, 'database-unavailable', 'the database is not available', { cause: error });
}

/** Whether the work itself gave up, or PostgreSQL answered with an error: the connection is good for a next statement. */
function isAnswered(error: unknown): boolean {
  return error instanceof HttpError || sqlState(error) !== '';
}

/** The SQLSTATE that an error of PostgreSQL carries; empty for any other. */
function sqlState(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^[0-9A-Z]{5}$/.test(code) ? code : '';
}
