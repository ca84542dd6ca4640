import { after } from '../core/clock';
import { HarnessError } from '../core/errors';
import type { Scenario } from './scenario';

/** What ends a scenario: its run's end, its own time, and that it has ended. Disposing forgets the time. */
export class ScenarioEnd implements Disposable {
  /** Nothing that a scenario left waiting goes on once it is aborted. */
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #stopTimer: () => void;

  constructor(run: AbortSignal, { timeoutMs }: Pick<Scenario, 'timeoutMs'>) {
    this.signal = AbortSignal.any([run, this.#own.signal]);
    this.#stopTimer =
      timeoutMs === undefined ? () => undefined : after(timeoutMs, () => this.#own.abort(timedOut(timeoutMs)));
  }

  abort(): void {
    this.#stopTimer();
    this.#own.abort(new HarnessError('scenario-ended', { message: 'the scenario has ended' }));
  }

  [Symbol.dispose](): void {
    this.#stopTimer();
  }
}

function timedOut(limitMs: number): HarnessError {
  return new HarnessError('scenario-timed-out', {
    message: `the scenario did not end within ${Math.round(limitMs / 1_000)} s`,
    facts: { limitMs },
    hint: 'See in its journal what it waited for; give it more with `{ timeoutMs }` if it needs more.',
  });
}
