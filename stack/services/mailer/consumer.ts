import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../kit/logger';
import type { Attempt, Message, Queue } from './queue';

/** How long an empty queue is left alone, ms. */
const POLL_EVERY_MS = 250;
/** After a failure of the queue itself, as when the database is away, ms. */
const FAILED_AGAIN_MS = 1_000;

export interface ConsumerOptions {
  readonly queue: Queue;
  readonly send: (message: Message) => Promise<void>;
  readonly logger: Logger;
  readonly onAttempt: (attempt: Attempt) => void;
  /** Messages that are in work at the same time. Default 1. */
  readonly atOnce?: number;
}

/** Takes messages, each place one after the other, until it is closed. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #ended = new AbortController();
  #work: readonly Promise<void>[] = [];

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  start(): void {
    const { atOnce = 1 } = this.#options;
    this.#work = Array.from({ length: atOnce }, () => this.#consume());
  }

  /** Takes no further message. Resolves when those in work have ended; whoever does not wait for that gives them back by ending. */
  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#work);
  }

  async #consume(): Promise<void> {
    const { queue, logger, onAttempt } = this.#options;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const pauseMs = await queue
        .work((message) => this.#send(message))
        .then(
          (attempt) => {
            if (attempt === undefined) return POLL_EVERY_MS;
            onAttempt(attempt);
            return 0;
          },
          (error: unknown) => {
            logger.warn({ reason: String(error) }, 'the queue could not be worked on');
            return FAILED_AGAIN_MS;
          },
        );
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #send(message: Message): Promise<void> {
    const { send, logger } = this.#options;
    const { id: messageId, orderId, attempts } = message;
    try {
      await send(message);
      logger.info({ messageId, orderId }, 'sent');
    } catch (error) {
      logger.warn({ messageId, orderId, attempts: attempts + 1, reason: String(error) }, 'could not be sent');
      throw error;
    }
  }
}
