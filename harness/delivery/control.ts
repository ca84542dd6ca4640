import { HarnessError } from '../core/errors';

/** What is asked of a rollout while it is under way. */
export class RolloutControl {
  readonly #abort = new AbortController();
  /** Aborted by {@link abort}, and by whoever began the rollout. */
  readonly signal: AbortSignal;
  #isPaused = false;
  #isPromoted = false;

  constructor(outer?: AbortSignal) {
    this.signal = outer === undefined ? this.#abort.signal : AbortSignal.any([outer, this.#abort.signal]);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isPromoted(): boolean {
    return this.#isPromoted;
  }

  /** Whether {@link abort} was called, rather than the outer signal aborted. */
  get isAborted(): boolean {
    return this.#abort.signal.aborted;
  }

  pause(): void {
    this.#isPaused = !this.#isPromoted;
  }

  resume(): void {
    this.#isPaused = false;
  }

  promote(): void {
    this.#isPromoted = true;
    this.#isPaused = false;
  }

  abort(reason: string): void {
    this.#abort.abort(new HarnessError('aborted', { message: reason }));
  }
}
