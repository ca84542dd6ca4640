import { HttpError } from './http-error';

/** Why a call to another service failed. A refused call was never sent: its circuit breaker is open. */
export type UpstreamFailureKind = 'unreachable' | 'timeout' | 'failed' | 'unavailable' | 'refused';

const STATUS: Readonly<Record<UpstreamFailureKind, number>> = {
  unreachable: 502,
  timeout: 504,
  failed: 502,
  unavailable: 503,
  refused: 503,
};

/** A dependency gave no usable answer; it becomes the caller's 502, 503 or 504, never its 500. */
export class UpstreamFailure extends HttpError {
  constructor(
    readonly upstream: string,
    readonly kind: UpstreamFailureKind,
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(STATUS[kind], `${upstream}-${kind}`, `${upstream}: ${kind}`, options);
  }
}
