import { canary, type RolloutSettings } from '../../harness';

/** As long as it takes for something to happen to it while both have traffic. */
export function innocentCanary(settings: Partial<RolloutSettings> = {}) {
  return canary({
    steps: [20, 50, 100],
    ...{ riseToDetect: 0.1, windowMs: 500, minReadyMs: 1_000, minStepMs: 5_000, bakeMs: 3_000 },
    ...{ readyTimeoutMs: 90_000, ...settings },
  });
}
