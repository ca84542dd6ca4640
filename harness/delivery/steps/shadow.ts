import { z } from 'zod';
import { probeShadow } from '../shadow/shadow-probe';
import { defineStep } from './step';

/** Options of the step, and of the strategy that begins with it. */
export const shadowOptions = {
  /** Users' requests that are compared. Default 100. */
  copies: z.int().min(10).max(10_000).default(100),
  /** Of them a second, at most. Stable gets each twice, the new revision once. Default 10. */
  copiesPerSecond: z.number().positive().max(100).default(10),
  /**
   * What is meant to differ: `status`, `content type`, `location`, `body`, a JSON path as `$.items[].price` with all below it, `the order of $.items`; for one
   * kind of request as `GET /orders/{id}: $.total`. Default: nothing.
   */
  accept: z.array(z.string().min(1)).readonly().default([]),
};

/**
 * Sends copies of users' requests that read (GET, HEAD, OPTIONS without a body) to the new revision, before it has a user, and twice to stable:
 * what stable answers differently by itself is noise, and what the new one alone has differently ends the rollout. No answer reaches
 * anybody, each copy bears `x-rollproof-shadow: 1`, and none counts as a user's.
 * @throws HarnessError `release-differs`, `release-not-judged`
 */
export const shadow = defineStep({
  kind: 'shadow',
  options: z.strictObject(shadowOptions),
  describe: ({ copies }) => `compare the answers to copies of ${copies} requests that read, without a user`,
  takes: ({ inconclusiveMs }, { copies, copiesPerSecond }) => {
    const atLeastMs = (1_000 * copies) / copiesPerSecond;
    return { atLeastMs, atMostMs: Math.max(atLeastMs, inconclusiveMs) };
  },
  nature: 'watches',
  run: probeShadow,
});
