import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../kit/logger';
import type { Cancellation, Ledger } from './ledger';
import type { Partners } from './partners';

const SWEEP_EVERY_MS = 1_000;
const SWEEP_LIMIT = 20;
const RETRY_AFTER_MS = 5_000;

export interface CancellerOptions {
  readonly ledger: Ledger;
  readonly partners: Partners;
  readonly logger: Logger;
  /** A checkout that is open for this long has lost its request, ms. */
  readonly staleMs: number;
}

/** Undoes checkouts: at once when asked, and later those whose request or service died. */
export class Canceller {
  readonly #options: CancellerOptions;
  readonly #ended = new AbortController();
  #atWork = new Set<Promise<unknown>>();

  constructor(options: CancellerOptions) {
    this.#options = options;
  }

  /** Resolves when the intent is written; undoing goes on behind, and is taken up again until it has succeeded. */
  async cancel(orderId: string, chargePossible: boolean): Promise<void> {
    try {
      const marked = await this.#options.ledger.markCancelling(orderId, chargePossible);
      if (marked !== undefined) this.#track(this.#undo(marked));
    } catch (error) {
      // The database is away too: the sweep finds this checkout when it is back.
      this.#options.logger.warn({ orderId, reason: String(error) }, 'a checkout could not be cancelled yet');
    }
  }

  /** Sweeps until `close`. */
  start(): void {
    this.#track(this.#sweepForever());
  }

  /** Resolves when what is being undone has been. */
  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#atWork);
  }

  async #sweepForever(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.sweep().catch(() => false);
      await sleep(SWEEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Undoes what nobody finished, one after the other; stops at the first failure. */
  async sweep(): Promise<void> {
    const { ledger, staleMs } = this.#options;
    const claimed = await ledger.claimUnfinished({
      limit: SWEEP_LIMIT,
      openForMs: staleMs,
      retryAfterMs: RETRY_AFTER_MS,
    });
    for (const cancellation of claimed) if (!(await this.#undo(cancellation))) return;
  }

  async #undo({ orderId, chargePossible }: Cancellation): Promise<boolean> {
    const { ledger, partners, logger } = this.#options;
    const requestId = `cancel-${randomUUID()}`;
    try {
      await partners.release(orderId, requestId);
      if (chargePossible) await partners.voidCharge(orderId, requestId);
      await ledger.forget(orderId);
      return true;
    } catch (error) {
      logger.warn({ orderId, requestId, reason: String(error) }, 'a checkout could not be undone yet');
      return false;
    }
  }

  #track(work: Promise<unknown>): void {
    this.#atWork.add(work);
    void work.finally(() => this.#atWork.delete(work));
  }
}
