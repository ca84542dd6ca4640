/** Retries earned by each first attempt: at most this share is added to the load of a dependency in trouble. */
const EARNED_PER_REQUEST = 0.1;
/** What may be saved up, so that a short hiccup is covered. */
const MOST_SAVED = 20;

/** Keeps retries from multiplying load: first attempts earn, retries spend. */
export class RetryBudget {
  #saved = MOST_SAVED;

  earn(): void {
    this.#saved = Math.min(MOST_SAVED, this.#saved + EARNED_PER_REQUEST);
  }

  /** False when nothing is left: then the failure is passed on. */
  spend(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
