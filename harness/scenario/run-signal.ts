import { after } from '../core/clock';
import { HarnessError } from '../core/errors';

/** A run is aborted then; it ends once its clean-up has, whose steps have limits of their own. */
const RUN_DEADLINE_MS = 45 * 60_000;

/** What ends a run before its time, each with its reason: the caller, the deadline, and the run itself. Disposing forgets the deadline. */
export class RunSignal implements Disposable {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #stopDeadline: () => void;

  constructor(caller: AbortSignal, deadlineMs = RUN_DEADLINE_MS) {
    this.signal = AbortSignal.any([caller, this.#own.signal]);
    this.#stopDeadline = after(deadlineMs, () => this.abort(deadlinePassed(deadlineMs)));
  }

  abort(reason: HarnessError): void {
    this.#own.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#stopDeadline();
  }
}

function deadlinePassed(deadlineMs: number): HarnessError {
  return new HarnessError('run-deadline-passed', {
    message: `the run did not end within ${Math.round(deadlineMs / 1_000)} s`,
    facts: { limitMs: deadlineMs },
    hint: 'See which scenario the journal ends with, and run it alone.',
  });
}
