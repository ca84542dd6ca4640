import type { Journal } from '../contract/journal';
import type { WrongAnswer } from '../contract/wrong-answer';
import type { LoadCounts, LoadSummary, LoadWindow } from './counts';

/** How the `x-request-id` of every request of a load begins. */
export const LOAD_ID = 'load';

/** What `openLoad` needs. */
export interface LoadOptions {
  /** The `rollproof.config.ts` whose `load.requests` are sent; the worker imports it itself. */
  readonly configPath: string;
  /** Where the requests go: a loopback port. */
  readonly baseUrl: string;
  readonly ratePerSecond: number;
  /** The same seed sends the same kinds and parameters in the same order. */
  readonly seed: string;
  /** NDJSON file of every request. Its folder is made. */
  readonly ledgerPath: string;
  readonly journal: Journal;
  /** Hears of each answer that was wrong, some 20 ms after it. */
  readonly onWrong?: (answer: WrongAnswer) => void;
  /** Only these kinds of requests, with these weights. Default: all, with their own. */
  readonly weights?: Readonly<Record<string, number>>;
  /** More are not sent but counted as unsent. Default 1,000. */
  readonly maxInFlight?: number;
  /** Without a complete answer by then a request is lost. Default 10,000 ms. */
  readonly requestTimeoutMs?: number;
  /** An idle connection is closed after that. Default 10,000 ms. */
  readonly idleTimeoutMs?: number;
  /** Share of the requests, 0 to 1, each of which comes by a connection of its own. Default 0: all by connections that are kept. */
  readonly newConnectionShare?: number;
  /** The load ends by itself after that. Default 30 minutes. */
  readonly maxDurationMs?: number;
  /** The load ends by itself after so many. Default 1,000,000. */
  readonly maxRequests?: number;
  readonly signal?: AbortSignal;
}

export interface AwaitSteadyOptions {
  /** Largest share of requests that failed, were lost, or could not be sent; 0.001 is 0.1 %. */
  readonly errorRatioMax: number;
  readonly holdMs: number;
  /** Requests that must have ended in `holdMs`. Default: half of what the rate gives. */
  readonly minRequests?: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A load that runs in a process of its own. Leaving its block (`await using`) stops it. */
export interface Load extends AsyncDisposable {
  readonly id: string;
  readonly ledgerPath: string;
  /** Wall ms since the epoch. */
  readonly startedAtMs: number;
  /** At most 250 ms old while the load runs; final after `stop`. */
  counts(): LoadCounts;
  /** One a second, oldest first. */
  readonly windows: readonly LoadWindow[];
  /** @throws HarnessError `load-not-steady` with what was seen last; `load-worker-died` */
  awaitSteady(options: AwaitSteadyOptions): Promise<void>;
  /**
   * Sends no more, and waits for what is in flight until its own timeout. Idempotent.
   * @throws HarnessError `load-worker-died`, or the error that stopped the load
   */
  stop(): Promise<LoadSummary>;
}
