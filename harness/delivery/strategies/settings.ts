import { z } from 'zod';
import { hook } from '../../contract/hooks';
import { metricLimit } from './metric-limit';

const share = z.number().gt(0).max(1);
const timeMs = z.number().nonnegative();

const hooks = z
  .union([hook, z.array(hook)])
  .transform((given) => (Array.isArray(given) ? given : [given]))
  .readonly();

/** An alert, or its name. */
const alertName = z.union([
  z.string().min(1),
  z.looseObject({ name: z.string().min(1) }).transform(({ name }) => name),
]);

/** When a rollout is judged good or bad, and how patient it is. Every strategy takes these beside its own options. */
export const settingsSchema = z.strictObject({
  /** The rise of the error ratio, and of slow answers, that must be ruled out before the new revision gets more traffic: 0.02 is 2 points. Default 0.02. */
  riseToDetect: share.default(0.02),
  /** With which probability a release with such a rise gets no further, however often the judge looks. Default 0.95. */
  powerToPromote: share.default(0.95),
  /**
   * Probability of aborting an innocent release for errors, over all looks and steps of the rollout; as much again for 4xx, for requests that
   * hang, where the old revision is stopped before the bake, which compares with what it did before, and for copies. Default 0.01.
   */
  errorAlpha: share.default(0.01),
  /** The same for latency. Default 0.02. */
  latencyAlpha: share.default(0.02),
  /** The same for the share of slow answers. Default 0.01. */
  slowAlpha: share.default(0.01),
  /**
   * An answer that takes longer is slow, ms. Default: what an alert on the service's latency (`latencyAbove`) calls slow; without one, what
   * stable's slowest in a hundred take, and the rise over it that `latencyRiseRatio` and `latencyRiseMs` allow.
   */
  slowerThanMs: z.number().positive().exactOptional(),
  /** The share of slow answers must rise by more than this: among many requests the smallest difference is significant. Default 0.01. */
  slowRise: z.number().min(0).max(1).default(0.01),
  /** A latency rise must be larger than this share of stable's, and than `latencyRiseMs`. Default 0.25. */
  latencyRiseRatio: z.number().nonnegative().default(0.25),
  /** Default 20 ms. */
  latencyRiseMs: timeMs.default(20),
  /** First requests of the new revision that count for errors only: a cold process is slow. Default 100. */
  warmupRequests: z.int().nonnegative().default(100),
  /** Length of a latency window, ms; longer when traffic is sparse. Default 1 000. */
  windowMs: z.number().positive().default(1_000),
  /** How long all replicas of the new revision must be ready without a break before it gets traffic, ms. Default 10 000. */
  minReadyMs: timeMs.default(10_000),
  /** How long they may take to start, and after that to be ready for the first time, ms. Default 60 000. */
  readyTimeoutMs: timeMs.default(60_000),
  /** Shortest time at each weight, ms. Default 0: the judge decides. */
  minStepMs: timeMs.default(0),
  /** How long the old revision stays warm at weight 100, at least, ms. Default 30 000. */
  bakeMs: timeMs.default(30_000),
  /** The whole rollout must end before this, ms; time that was asked for (a hold, a pause) does not count. Default 600 000. */
  progressDeadlineMs: timeMs.default(600_000),
  /** A step that could not be judged for so long aborts, ms. Default 300 000. */
  inconclusiveMs: timeMs.default(300_000),
  /**
   * Alerts of the stack's Prometheus, the configuration's or its own: one that fires while the rollout is under way takes it back; one that
   * fires already refuses the start. While nobody can say, the rollout holds, for `inconclusiveMs` at most. Default: none.
   */
  abortOn: z.array(alertName).readonly().exactOptional(),
  /**
   * Metrics of your own that a release is held against at every judged step, beside what the judge compares. One that is silent is
   * inconclusive: the rollout holds. Default: none.
   */
  metrics: z.array(metricLimit).readonly().exactOptional(),
  /**
   * Commands or HTTP calls before the new revision is started: one that fails, or is not done by its deadline, ends the rollout, which has
   * changed nothing then. Default: none.
   */
  beforeStart: hooks.exactOptional(),
  /** The same before it is made stable, the last moment to go back. */
  beforePromotion: hooks.exactOptional(),
  /** After it was made stable. One that fails is told, and undoes nothing. */
  afterPromotion: hooks.exactOptional(),
  /** After everything was given back to stable, whatever the reason. One that fails is told. */
  afterRollback: hooks.exactOptional(),
  /** Whether the sequences of the configuration’s `skew` are tried; never on the way to a revision that was before. Default true. */
  skew: z.boolean().default(true),
  /** How long a stopped revision may take to exit after its drain, ms. Default 10 000. */
  stopGraceMs: timeMs.default(10_000),
});

export type RolloutSettings = Readonly<z.infer<typeof settingsSchema>>;

/** The settings as a person gives them: any of them may be missing. */
export type GivenSettings = Readonly<z.input<typeof settingsSchema>>;

/** The settings of a strategy that names none. */
export const DEFAULT_SETTINGS: RolloutSettings = settingsSchema.parse({});
