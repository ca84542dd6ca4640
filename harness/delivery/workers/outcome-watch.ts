import type { OutcomeReader, MessageOutcome } from '../../contract/outcomes';
import { errorMessage } from '../../core/errors';
import type { RequestSample } from '../ports';

/** How often a source is asked, ms. */
export const READ_EVERY_MS = 500;

/** What ended so long before it was last asked is asked for again, ms: a transaction that is seen late had its time before. */
const OVERLAP_MS = 3_000;

export interface OutcomeWatchOptions {
  readonly reader: OutcomeReader;
  /** Wall ms. */
  readonly now: () => number;
  /** Calls back every so often until what it returns is called. */
  readonly every: (intervalMs: number, action: () => void) => () => void;
  /** The epoch of the routing in which a message was taken at this time, wall ms. */
  readonly epochAt: (atMs: number) => number;
  /** Told once, until the source answers again. */
  readonly onFailure: (message: string) => void;
}

type Listener = (sample: RequestSample) => void;

/** Asks a source of outcomes for as long as anybody listens, and tells of each attempt at a message once, as of a request. */
export class OutcomeWatch {
  readonly #listeners = new Set<Listener>();
  readonly #seen = new Map<string, number>();
  readonly #options: OutcomeWatchOptions;
  #stop: (() => void) | undefined;
  #reading: Promise<boolean> | undefined;
  #fromMs = 0;
  /** When the latest that was told had ended, by the source's clock: it may be behind ours. */
  #latestMs = 0;
  #hasFailed = false;

  constructor(options: OutcomeWatchOptions) {
    this.#options = options;
  }

  /** Tells of attempts that end from now on. Resolves when subscribed. */
  async subscribe(listener: Listener, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (this.#listeners.size === 0) this.#fromMs = this.#latestMs = this.#options.now();
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#unsubscribe(listener), { once: true });
    this.#stop ??= this.#options.every(READ_EVERY_MS, () => void this.#read());
    // A counter's first reading is what it is held against.
    await this.#read();
  }

  /** Asks once more; returns whether the source answered. */
  async caughtUp(): Promise<boolean> {
    await this.#reading;
    return this.#read();
  }

  #unsubscribe(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #read(): Promise<boolean> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<boolean> {
    const { reader, onFailure } = this.#options;
    try {
      const outcomes = await reader.read(Math.max(this.#fromMs, this.#latestMs - OVERLAP_MS));
      for (const outcome of outcomes) this.#tell(outcome);
      const forgottenMs = this.#latestMs - 2 * OVERLAP_MS;
      for (const [id, endedAtMs] of this.#seen) if (endedAtMs < forgottenMs) this.#seen.delete(id);
      this.#hasFailed = false;
      return true;
    } catch (error) {
      if (!this.#hasFailed) onFailure(errorMessage(error));
      this.#hasFailed = true;
      return false;
    }
  }

  #tell(outcome: MessageOutcome): void {
    const { id, endedAtMs } = outcome;
    if (endedAtMs < this.#fromMs || this.#seen.has(id)) return;
    this.#seen.set(id, endedAtMs);
    this.#latestMs = Math.max(this.#latestMs, endedAtMs);
    const sample = sampleOf(outcome, this.#options.epochAt);
    for (const listener of this.#listeners) listener(sample);
  }
}

/** An attempt at a message as the judge sees it: one that is to be made again, or is given up, has failed. */
export function sampleOf(
  { id, revision, outcome, endedAtMs, tookMs, reason }: MessageOutcome,
  epochAt: (atMs: number) => number,
): RequestSample {
  const startedAtMs = endedAtMs - (tookMs ?? 0);
  const error = outcome !== 'ack';
  return {
    ...{ id, revision, servedBy: revision, startedAtMs, endedAtMs, error, clientError: false },
    epoch: epochAt(startedAtMs),
    ...(error && reason !== undefined && reason !== '' ? { wrong: reason } : {}),
    ...(error || tookMs === undefined ? {} : { latencyMs: tookMs }),
  };
}
