import { z } from 'zod';

/** A metric of the user's own, in PromQL, that a release is held against. */
export const metricLimit = z
  .strictObject({
    /** For people. */
    name: z.string().min(1),
    /**
     * Gives one number; nothing, or none, is silence. `{{revision}}` stands for the label of either revision, as `orders-r2` (the label `revision`
     * of what a managed service shows at its `metrics`), `{{candidate}}` and `{{stable}}` for those two, `{{service}}` for the service.
     */
    query: z.string().min(1),
    /** The new revision's number may be at most this. */
    limit: z.number().exactOptional(),
    /** It may be at most so many times stable's, as it is over the same seconds; at weight 100 as it was last. */
    timesStable: z.number().positive().exactOptional(),
    /** How long it must be over a limit before the release is taken back, ms; meanwhile it is not promoted. Default 0. */
    forMs: z.number().nonnegative().default(0),
  })
  .refine(({ limit, timesStable }) => limit !== undefined || timesStable !== undefined, {
    message: 'name a `limit`, or how many `timesStable` it may be',
  })
  .refine(({ timesStable, query }) => timesStable === undefined || query.includes('{{revision}}'), {
    message: 'to be held against stable, the query needs {{revision}} where the label of a revision stands',
  });

export type MetricLimit = Readonly<z.output<typeof metricLimit>>;
