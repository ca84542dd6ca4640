/** Half of the error budget is spent by this look. */
const HALF_SPENT_AT = 10;

/**
 * The level of the k-th look (k ≥ 1) so that all looks together, however many, reject a true null hypothesis with a
 * probability of at most `alpha`: `alpha · h / ((k + h − 1)(k + h))`, which telescopes to `alpha`.
 *
 * Why this and not Bonferroni over planned looks: a rollout does not know how many looks it will take (traffic decides), and the first
 * looks matter most, because there a broken canary is caught. Why not a group-sequential boundary: those need normal statistics and a
 * known end; the union bound holds for exact tests on a handful of errors.
 */
export function alphaOfLook(alpha: number, look: number): number {
  return (alpha * HALF_SPENT_AT) / ((look + HALF_SPENT_AT - 1) * (look + HALF_SPENT_AT));
}

/**
 * When to look: after each `step` new samples at first, later each time they have grown by a fifth. The times depend on how
 * much was seen and never on what, which keeps each look's p-value valid; and their number grows like the logarithm of the samples.
 */
export interface LookSchedule {
  /** The number of the latest look; 0 before the first. */
  readonly look: number;
  /** Whether to look now; then counts one more look. */
  due(samples: number): boolean;
  /** Looks now, due or not. */
  take(samples: number): void;
}

/** Opens a schedule whose first look comes at `first` samples. */
export function lookSchedule(first: number, step: number): LookSchedule {
  let look = 0;
  let next = first;
  const take = (samples: number) => {
    look += 1;
    next = samples + Math.max(step, Math.ceil(samples / 5));
  };
  return {
    get look() {
      return look;
    },
    due(samples) {
      if (samples < next) return false;
      take(samples);
      return true;
    },
    take,
  };
}
