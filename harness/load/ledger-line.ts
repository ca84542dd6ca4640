/** `ok`: complete, expected status. `failed`: complete, another status below 500, or found wrong by its check. `lost`: incomplete, or a 5xx nobody expected. */
export type Outcome = 'ok' | 'failed' | 'lost';

/** The `error` of a request whose answer was not complete in time. */
export const TIMED_OUT = 'timed-out';

/** What became of one request. Times are wall ms since the epoch. */
export interface LedgerLine {
  /** The `x-request-id`. */
  readonly id: string;
  readonly kind: string;
  /** When the open loop wanted it to start. */
  readonly intendedAtMs: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Absent when no answer's head arrived. */
  readonly status?: number;
  readonly outcome: Outcome;
  /** Why it is not `ok`: what broke, `status 302`, or what its check said. */
  readonly error?: string;
  /** `RequestSpec.key`: with a 2xx `ok` it is acknowledged; otherwise nobody knows whether it was stored. */
  readonly key?: string;
  /** The load never retries. */
  readonly attempt: 1;
}

/** Whether the stack promised to have stored what the request asked for. */
export function isAcknowledged(line: LedgerLine): boolean {
  const { outcome, status, key } = line;
  return outcome === 'ok' && key !== undefined && status !== undefined && status >= 200 && status < 300;
}

/** From the intended moment, ms: of right answers, and of those waited for in vain. A quick refusal is no latency. */
export function latencyMs(line: LedgerLine): number | undefined {
  return line.outcome === 'ok' || line.error === TIMED_OUT ? line.endedAtMs - line.intendedAtMs : undefined;
}
