import { setTimeout as sleep } from 'node:timers/promises';
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleType,
  noop,
  type IPolicy,
} from 'cockatiel';
import { Pool } from 'undici';
import { RetryBudget } from './retry-budget';
import { UpstreamFailure } from './upstream-failure';

/**
 * How long an idle connection is kept for reuse. Shorter than a proxy's 30 s and a service's 75 s: an idle connection is
 * closed by us, never under a request of ours.
 */
const IDLE_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 1_000;
const MAX_CONNECTIONS = 256;
const MAX_ATTEMPTS = 3;
const BACKOFF_MS = 50;
/** Consecutive failures that open a breaker: a fifth of requests failing hits this once in 10 million. */
const OPEN_AFTER_FAILURES = 10;
/** How long an open breaker refuses before it lets one call try. */
const TRY_AGAIN_AFTER_MS = 2_000;

export interface UpstreamOptions {
  /** The service's name: in errors, logs and metrics. */
  readonly name: string;
  readonly baseUrl: string;
  /** Longest time for one attempt, ms. */
  readonly timeoutMs: number;
  /** Refuse calls for a while after many failures in a row. Default false. */
  readonly breaker?: boolean;
  readonly onCircuit?: (open: boolean) => void;
}

/** All calls are safe or idempotent (by a key), so each may be sent again. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly requestId: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly text: string;
}

/** Calls one service: time limit, retry with backoff and jitter within a budget, circuit breaker. */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #pool: Pool;
  readonly #budget = new RetryBudget();
  readonly #breaker: IPolicy;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#pool = new Pool(options.baseUrl, {
      connections: MAX_CONNECTIONS,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      keepAliveMaxTimeout: IDLE_TIMEOUT_MS,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    });
    this.#breaker = options.breaker === true ? createBreaker(options.onCircuit) : noop;
  }

  /** Resolves with any answer below 500, throws `UpstreamFailure` otherwise. */
  async call(request: UpstreamRequest): Promise<UpstreamAnswer> {
    this.#budget.earn();
    let sent: UpstreamFailure | undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#breaker.execute(() => this.#attempt(request));
      } catch (error) {
        const failure = this.#asFailure(error);
        // A retry that the breaker refuses says nothing about the attempt before it, which may have had its effect.
        if (failure.kind === 'refused') throw sent ?? failure;
        sent = failure;
        if (!failure.retryable || attempt >= MAX_ATTEMPTS || !this.#budget.spend()) throw failure;
      }
      await sleep(BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #attempt(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { name, timeoutMs } = this.#options;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.#pool.request({
        method: request.method,
        path: request.path,
        headers: {
          'x-request-id': request.requestId,
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
        },
        body: request.body ?? null,
        signal,
      });
      const text = await response.body.text();
      if (response.statusCode < 500) return { status: response.statusCode, text };
      throw failureOfStatus(name, response.statusCode, response.headers['x-should-retry'] === 'false');
    } catch (error) {
      if (error instanceof UpstreamFailure) throw error;
      // What took too long is not sent again: it would double the load of something slow.
      throw new UpstreamFailure(name, signal.aborted ? 'timeout' : 'unreachable', !signal.aborted, { cause: error });
    }
  }

  #asFailure(error: unknown): UpstreamFailure {
    if (error instanceof UpstreamFailure) return error;
    const refused = error instanceof BrokenCircuitError;
    return new UpstreamFailure(this.#options.name, refused ? 'refused' : 'failed', false, { cause: error });
  }
}

/** 500 is a defect and would happen again; 502 to 504 come from a proxy or a service that asks not to be retried. */
function failureOfStatus(name: string, status: number, asksNotToRetry: boolean): UpstreamFailure {
  const cause = new Error(`answered ${status}`);
  switch (status) {
    case 502:
      return new UpstreamFailure(name, 'failed', !asksNotToRetry, { cause });
    case 503:
      return new UpstreamFailure(name, 'unavailable', !asksNotToRetry, { cause });
    case 504:
      return new UpstreamFailure(name, 'timeout', false, { cause });
    default:
      return new UpstreamFailure(name, 'failed', false, { cause });
  }
}

function createBreaker(onCircuit: ((open: boolean) => void) | undefined): IPolicy {
  const policy = circuitBreaker(handleType(UpstreamFailure), {
    halfOpenAfter: TRY_AGAIN_AFTER_MS,
    breaker: new ConsecutiveBreaker(OPEN_AFTER_FAILURES),
  });
  policy.onStateChange((state) => onCircuit?.(state === CircuitState.Open));
  return policy;
}
