import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLEAN_UP_WITHIN_MS, FINISH_WITHIN_MS } from './grace';
import type { Logger } from './logger';
import type { SilentConnections } from './silent-connections';

/** A caller who has connected and means to ask does so within this time. */
const SILENT_MS = 250;

export interface LifecycleOptions {
  readonly drainMs: number;
  readonly logger: Logger;
  /** Run at the end, all at once: flush spans, close the pool. */
  readonly cleanUps: readonly (() => Promise<void>)[];
}

/** Stops a service so that nobody loses a request: unready at once, serve on, stop accepting, finish, clean up. */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  #stopping: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  get draining(): boolean {
    return this.#stopping !== undefined;
  }

  /** Resolves when everything has ended. A second call joins the first. */
  stop(server: Server, silent: SilentConnections): Promise<void> {
    this.#stopping ??= this.#stop(server, silent);
    return this.#stopping;
  }

  async #stop(server: Server, silent: SilentConnections): Promise<void> {
    const { drainMs, logger, cleanUps } = this.#options;
    logger.info({ drainMs }, 'draining');
    await sleep(drainMs);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const letGo = setInterval(() => silent.close(SILENT_MS), SILENT_MS);
    const finished = await endsWithin(closed, FINISH_WITHIN_MS);
    clearInterval(letGo);
    if (!finished) {
      logger.warn({ limitMs: FINISH_WITHIN_MS }, 'requests did not finish in time');
      server.closeAllConnections();
    }
    await endsWithin(Promise.allSettled(cleanUps.map((cleanUp) => cleanUp())), CLEAN_UP_WITHIN_MS);
    logger.info({}, 'stopped');
  }
}

async function endsWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const deadline = new AbortController();
  const inTime = await Promise.race([
    work.then(() => true),
    sleep(limitMs, false, { signal: deadline.signal }).catch(() => false),
  ]);
  deadline.abort();
  return inTime;
}
