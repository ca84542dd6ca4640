import { z } from 'zod';
import { enter } from '../rollout';
import { watch } from '../watch';
import { defineStep } from './step';

/**
 * Stays at the current weight without judging: for `forMs`, or, without it, until somebody resumes the rollout. A revision that dies
 * meanwhile is given up. A rollout that ends after its hold, without being accepted, has the outcome `held`.
 */
export const hold = defineStep({
  kind: 'hold',
  options: z.strictObject({ forMs: z.number().positive().exactOptional() }),
  describe: ({ forMs }) => (forMs === undefined ? 'hold until somebody resumes' : `hold for ${forMs} ms`),
  takes: (_settings, { forMs }) => (forMs === undefined ? { atLeastMs: 0 } : { atLeastMs: forMs, atMostMs: forMs }),
  nature: 'watches',
  run: async (rollout, { forMs }) => {
    const { control, ports, traffic } = rollout;
    const time = forMs === undefined ? 'until somebody resumes' : `for ${forMs} ms`;
    enter(rollout, 'Holding', { deadlineAtMs: rollout.deadlineAtMs, reason: `${time}, not judged` });
    traffic.listen(undefined);
    const fromMs = ports.clock.now();
    if (forMs === undefined) control.pause();
    await watch(rollout, async (nowMs) => nowMs - fromMs >= (forMs ?? 0), { isAskedFor: true });
    rollout.held = { fromMs, toMs: ports.clock.now() };
  },
});
