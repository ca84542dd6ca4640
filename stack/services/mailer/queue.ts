import type { Database, Queries } from '../kit/database';

/** A message, in the hands of one consumer. */
export interface Message {
  readonly id: string;
  readonly orderId: string;
  readonly orderKey: string;
  /** What it says, as it was left. */
  readonly body: unknown;
  /** Attempts so far, without this one. */
  readonly attempts: number;
}

export type Outcome = 'ack' | 'retry' | 'dead';

/** What becomes of an attempt, for whoever watches. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly tookMs: number;
}

/** How long a message waits after a failed attempt, ms; twice as long after each further one. */
const RETRY_AFTER_MS = 200;
/** A message that has failed so often is given up: after half a minute, in which a release that fails them is taken back. */
const ATTEMPTS_MAX = 8;

/** Messages that wait for a consumer. */
export interface Queue {
  /**
   * Takes the next message and has `send` handle it. Until that has ended nobody else gets it; whoever dies meanwhile has given it back. Its
   * letter, its end and the attempt are written in one transaction, or none of them is. `undefined`: no message is due.
   */
  readonly work: (send: (message: Message) => Promise<void>) => Promise<Attempt | undefined>;
}

export function queue(database: Pick<Database, 'transaction'>, revision: string): Queue {
  return {
    work: (send) =>
      database.transaction(async (queries) => {
        const message = await take(queries);
        if (message === undefined) return undefined;
        const startedAt = performance.now();
        const reason = await send(message).then(
          () => null,
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
        const attempt = { outcome: outcomeOf(message, reason === null), tookMs: performance.now() - startedAt };
        const values = [message.id, revision, attempt.outcome, attempt.tookMs, reason];
        if (reason === null) await finish(queries, values);
        else await putBack(queries, message, values);
        return attempt;
      }),
  };
}

function outcomeOf({ attempts }: Message, isSent: boolean): Outcome {
  if (isSent) return 'ack';
  return attempts + 1 >= ATTEMPTS_MAX ? 'dead' : 'retry';
}

async function take(queries: Queries): Promise<Message | undefined> {
  const [row] = await queries.query<Message>({
    name: 'message-take',
    text: `SELECT id::text, order_id AS "orderId", order_key AS "orderKey", body, attempts FROM messages
           WHERE state = 'waiting' AND due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
  });
  return row;
}

const TRIED = 'INSERT INTO attempts (message_id, revision, outcome, took_ms, reason) VALUES ($1, $2, $3, $4, $5)';

/** The letter is written only where none was: whoever sends a message twice has one effect. */
async function finish(queries: Queries, attempt: readonly unknown[]): Promise<void> {
  await queries.query({
    name: 'message-finish',
    text: `WITH done AS (UPDATE messages SET state = 'done', attempts = attempts + 1 WHERE id = $1 RETURNING id, order_key),
                tried AS (${TRIED})
           INSERT INTO letters (message_id, order_key, revision) SELECT id, order_key, $2 FROM done
           WHERE NOT EXISTS (SELECT 1 FROM letters WHERE message_id = $1)`,
    values: [...attempt],
  });
}

async function putBack(queries: Queries, { attempts }: Message, attempt: readonly unknown[]): Promise<void> {
  await queries.query({
    name: 'message-put-back',
    text: `WITH tried AS (${TRIED})
           UPDATE messages SET attempts = attempts + 1, due_at = now() + $6 * interval '1 millisecond',
             state = CASE $3 WHEN 'dead' THEN 'dead' ELSE 'waiting' END
           WHERE id = $1`,
    values: [...attempt, RETRY_AFTER_MS * 2 ** attempts],
  });
}
