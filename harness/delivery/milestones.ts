import type { RolloutState } from '../contract/observation';
import { deadline } from '../core/clock';
import { HarnessError } from '../core/errors';

/** A point that a rollout may come to: at least so much of the traffic on the new revision, percent; or a state. */
export type Milestone = { readonly weight: number } | { readonly state: RolloutState };

interface Waiter {
  readonly milestone: Milestone;
  readonly settle: (error?: HarnessError) => void;
}

/** Where a rollout has been, and who waits for it to get somewhere. */
export class Milestones {
  readonly #states = new Set<RolloutState>();
  #weight = 0;
  #state: RolloutState = 'Pending';
  #end: string | undefined;
  #waiting: readonly Waiter[] = [];

  get state(): RolloutState {
    return this.#state;
  }

  passState(state: RolloutState): void {
    this.#state = state;
    this.#states.add(state);
    this.#tell();
  }

  passWeight(weight: number): void {
    this.#weight = Math.max(this.#weight, weight);
    this.#tell();
  }

  /** Nothing comes any more. */
  end(how: string): void {
    this.#end = how;
    this.#tell();
  }

  /** @throws HarnessError `rollout-ended` when it ends without, `timed-out` */
  reached(milestone: Milestone, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = deadline(timeoutMs, () => waiter.settle(this.#late(milestone, timeoutMs)));
      const waiter: Waiter = {
        milestone,
        settle: (error) => {
          stop();
          this.#waiting = this.#waiting.filter((other) => other !== waiter);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#waiting = [...this.#waiting, waiter];
      this.#tell();
    });
  }

  #tell(): void {
    for (const { milestone, settle } of this.#waiting) {
      if (this.#isPassed(milestone)) settle();
      else if (this.#end !== undefined) settle(this.#ended(milestone, this.#end));
    }
  }

  #isPassed(milestone: Milestone): boolean {
    return 'weight' in milestone ? this.#weight >= milestone.weight : this.#states.has(milestone.state);
  }

  #ended(milestone: Milestone, how: string): HarnessError {
    return new HarnessError('rollout-ended', {
      message: `the rollout has ended without ${nameOf(milestone)}: ${how}`,
      facts: { ...milestone },
    });
  }

  #late(milestone: Milestone, timeoutMs: number): HarnessError {
    return new HarnessError('timed-out', {
      message: `gave up after ${timeoutMs} ms waiting for ${nameOf(milestone)}; the rollout is in ${this.#state}, its greatest weight was ${this.#weight} %`,
      facts: { ...milestone, timeoutMs },
    });
  }
}

function nameOf(milestone: Milestone): string {
  return 'weight' in milestone ? `weight ${milestone.weight} %` : `the state ${milestone.state}`;
}
