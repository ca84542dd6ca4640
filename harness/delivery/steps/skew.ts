import { z } from 'zod';
import { probeSkew, probeStable } from '../skew/skew-probe';
import { defineStep } from './step';

/**
 * Sends what the configuration names under `skew`, pinned: each request to the old revision and to the new one, in all orders. What one leaves
 * behind (a row, a session, a cookie, a cache entry, a message) the other has to understand, forward and back. `of: 'stable'` only takes the
 * measure, before anything of the release has begun.
 * @throws HarnessError `release-skewed`; `release-not-judged` where stable by itself is not right for too long
 */
export const skew = defineStep({
  kind: 'skew',
  options: z.strictObject({ of: z.enum(['stable', 'both']).default('both') }),
  describe: ({ of }) =>
    of === 'stable' ? 'try the sequences of `skew` on stable' : 'try on each revision what the other leaves behind',
  takes: ({ inconclusiveMs }, { of }) =>
    of === 'stable' ? { atLeastMs: 0 } : { atLeastMs: 0, atMostMs: inconclusiveMs },
  run: (rollout, { of }) => (of === 'stable' ? probeStable(rollout) : probeSkew(rollout)),
});
