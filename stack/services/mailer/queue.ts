import type { Database, Queries } from '../kit/database';

/** A message, in the hands of one consumer. */
export interface Message {
  readonly id: string;
  readonly orderId: string;
  readonly orderKey: string;
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
/** A message that has failed so often is given up. */
const ATTEMPTS_MAX = 5;

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
        const isSent = await send(message).then(
          () => true,
          () => false,
        );
        const tookMs = performance.now() - startedAt;
        if (isSent) await finish(queries, message, { revision, tookMs });
        else await putBack(queries, message, { revision, tookMs });
        const isLast = message.attempts + 1 >= ATTEMPTS_MAX;
        return { outcome: isSent ? 'ack' : isLast ? 'dead' : 'retry', tookMs };
      }),
  };
}

async function take(queries: Queries): Promise<Message | undefined> {
  const [row] = await queries.query<Message>({
    name: 'message-take',
    text: `SELECT id::text, order_id AS "orderId", order_key AS "orderKey", attempts FROM messages
           WHERE state = 'waiting' AND due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
  });
  return row;
}

interface Made {
  readonly revision: string;
  readonly tookMs: number;
}

/** The letter is written only where none was: whoever sends a message twice has one effect. */
async function finish(queries: Queries, { id }: Message, { revision, tookMs }: Made): Promise<void> {
  await queries.query({
    name: 'message-finish',
    text: `WITH done AS (UPDATE messages SET state = 'done', attempts = attempts + 1 WHERE id = $1 RETURNING id, order_key),
                tried AS (INSERT INTO attempts (message_id, revision, outcome, took_ms) VALUES ($1, $2, 'ack', $3))
           INSERT INTO letters (message_id, order_key, revision) SELECT id, order_key, $2 FROM done
           WHERE NOT EXISTS (SELECT 1 FROM letters WHERE message_id = $1)`,
    values: [id, revision, tookMs],
  });
}

async function putBack(queries: Queries, { id, attempts }: Message, { revision, tookMs }: Made): Promise<void> {
  const isLast = attempts + 1 >= ATTEMPTS_MAX;
  await queries.query({
    name: 'message-put-back',
    text: `WITH tried AS (INSERT INTO attempts (message_id, revision, outcome, took_ms) VALUES ($1, $2, $3, $4))
           UPDATE messages SET attempts = attempts + 1, state = $5, due_at = now() + $6 * interval '1 millisecond'
           WHERE id = $1`,
    values: [
      ...[id, revision, isLast ? 'dead' : 'retry', tookMs],
      ...[isLast ? 'dead' : 'waiting', RETRY_AFTER_MS * 2 ** attempts],
    ],
  });
}
