import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../kit/logger';
import type { Fence } from './fence';

/** After a failure of the database, ms. */
const FAILED_AGAIN_MS = 500;

export interface ClerkOptions {
  readonly fence: Fence;
  readonly holder: string;
  readonly pageEveryMs: number;
  readonly logger: Logger;
}

/** Writes one page after the other, for as long as nobody else has begun to. */
export class Clerk {
  readonly #options: ClerkOptions;
  readonly #ended = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #isFenced = false;

  constructor(options: ClerkOptions) {
    this.#options = options;
  }

  /** Somebody else keeps the books: this one never writes again. */
  get isFenced(): boolean {
    return this.#isFenced;
  }

  start(): void {
    this.#work = this.#keep();
  }

  /** Resolves when the page in work is written. */
  close(): Promise<void> {
    this.#ended.abort();
    return this.#work;
  }

  async #keep(): Promise<void> {
    const { fence, holder, pageEveryMs, logger } = this.#options;
    const { signal } = this.#ended;
    let token: number | undefined;
    while (!signal.aborted && !this.#isFenced) {
      let pauseMs = pageEveryMs;
      try {
        token ??= await fence.take();
        // Asked each time: a page whose answer was lost may be there.
        const number = (await fence.lastPage()) + 1;
        this.#isFenced = !(await fence.write({ number, token, holder }));
        if (this.#isFenced) logger.warn({ token, holder }, 'somebody else keeps the books');
      } catch (error) {
        logger.warn({ reason: String(error) }, 'no page could be written');
        pauseMs = FAILED_AGAIN_MS;
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
