import { z } from 'zod';
import { HarnessError } from '../../core/errors';
import { powerToDetect } from '../../statistics/power';
import { lookSchedule } from '../../statistics/repeated-looks';
import { canJudgeLatency, errorLevel } from '../judge/judge';
import { FIRST_LOOK } from '../judge/phase';
import { enter } from '../rollout';
import { judgedSteps } from '../strategies/strategy';
import { watch } from '../watch';
import { defineStep } from './step';

/**
 * Before all traffic is switched at once: measures stable until a rise of `riseToDetect` on the new revision would be seen against it, in
 * errors and in latency. Without it a short measure would leave the judge of the bake with nothing to compare with.
 */
export const measure = defineStep({
  kind: 'measure',
  options: z.strictObject({}),
  describe: () => 'measure stable',
  takes: ({ inconclusiveMs }) => ({ atLeastMs: 0, atMostMs: inconclusiveMs }),
  nature: 'watches',
  run: async (rollout) => {
    const { traffic, strategy, deadlineAtMs } = rollout;
    const { settings } = strategy;
    enter(rollout, 'Analyzing', { deadlineAtMs, reason: 'stable is measured' });
    traffic.measureStable();
    const phases = judgedSteps(strategy);
    const looks = lookSchedule(FIRST_LOOK, FIRST_LOOK);
    await watch(rollout, async (nowMs, spentMs) => {
      const { counts: stable, windows } = traffic.baseline(nowMs);
      if (spentMs >= settings.inconclusiveMs) throw tooQuiet(stable.requests, spentMs);
      // As many looks as the bake will have taken when the new revision has had as many requests.
      if (!looks.due(stable.requests)) return false;
      const alpha = errorLevel(settings, phases, looks.look);
      const rise = settings.riseToDetect;
      const power = powerToDetect({ canaryRequests: stable.requests, stable, rise, alpha });
      if (power < settings.powerToPromote) return false;
      return !traffic.isTimed() || canJudgeLatency(settings, phases, 1, windows.length, windows.length);
    });
  },
});

function tooQuiet(requests: number, waitedMs: number): HarnessError {
  return new HarnessError('release-not-judged', {
    message: `inconclusive after ${Math.round(waitedMs / 1_000)} s: stable had ${requests} requests, too few to compare a release with`,
    facts: { requests, waitedMs },
  });
}
