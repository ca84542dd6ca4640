/** When a rollout is judged good or bad, and how patient it is. */
export interface RolloutSettings {
  /** The rise of the error ratio that promotion must have been able to see: 0.02 is 2 points. Default 0.02. */
  readonly riseToDetect: number;
  /** With which probability it would have been seen. Default 0.95. */
  readonly powerToPromote: number;
  /**
   * Probability of aborting an innocent release for errors, over all looks of the rollout; as much again for 4xx, and for requests that
   * hang. Default 0.01.
   */
  readonly errorAlpha: number;
  /** The same for latency. Default 0.02. */
  readonly latencyAlpha: number;
  /** A latency rise must be larger than this share of stable's, and than `latencyRiseMs`. Default 0.25. */
  readonly latencyRiseRatio: number;
  /** Default 20 ms. */
  readonly latencyRiseMs: number;
  /** First requests of the new revision that count for errors only: a cold process is slow. Default 100. */
  readonly warmupRequests: number;
  /** Length of a latency window, ms; longer when traffic is sparse. Default 1 000. */
  readonly windowMs: number;
  /** How long the new revision must be ready without a break before it gets traffic, ms. Default 10 000. */
  readonly minReadyMs: number;
  /** Default 60 000 ms. */
  readonly readyTimeoutMs: number;
  /** Shortest time at each weight, ms. Default 0: the judge decides. */
  readonly minStepMs: number;
  /** How long the old revision stays warm at weight 100, at least, ms. Default 30 000. */
  readonly bakeMs: number;
  /** The whole rollout must end before this, ms. Default 600 000. */
  readonly progressDeadlineMs: number;
  /** A step that could not be judged for so long aborts, ms. Default 300 000. */
  readonly inconclusiveMs: number;
  /** How long a stopped revision may take to exit after its drain, ms. Default 10 000. */
  readonly stopGraceMs: number;
}

/** How traffic moves from the stable revision to the new one. */
export interface Strategy {
  readonly name: string;
  /** Percents of the traffic for the new revision: rising, ending at 100. */
  readonly steps: readonly number[];
  readonly settings: RolloutSettings;
}

export const DEFAULT_SETTINGS: RolloutSettings = {
  riseToDetect: 0.02,
  powerToPromote: 0.95,
  errorAlpha: 0.01,
  latencyAlpha: 0.02,
  latencyRiseRatio: 0.25,
  latencyRiseMs: 20,
  warmupRequests: 100,
  windowMs: 1_000,
  minReadyMs: 10_000,
  readyTimeoutMs: 60_000,
  minStepMs: 0,
  bakeMs: 30_000,
  progressDeadlineMs: 600_000,
  inconclusiveMs: 300_000,
  stopGraceMs: 10_000,
};
