import { blueGreen, canary, recreate, rolling, type RolloutSettings, type Strategy } from '../../harness';

export type StrategyName = 'canary' | 'blue-green' | 'rolling' | 'recreate';

/** Sized for a demonstration, as `BRIEF_CANARY` is. */
const SETTINGS = {
  riseToDetect: 0.1,
  windowMs: 500,
  minReadyMs: 1_000,
  bakeMs: 5_000,
  readyTimeoutMs: 60_000,
} satisfies Partial<RolloutSettings>;

/** Percent of the traffic that a canary gets first. */
export const FIRST_WEIGHT = 20;

export const STRATEGIES: Readonly<Record<StrategyName, (settings?: Partial<RolloutSettings>) => Strategy>> = {
  canary: (settings) => canary({ steps: [FIRST_WEIGHT, 50, 100], ...SETTINGS, ...settings }),
  'blue-green': (settings) => blueGreen({ ...SETTINGS, ...settings }),
  rolling: (settings) => rolling({ maxSurge: 1, maxUnavailable: 0, ...SETTINGS, ...settings }),
  recreate: (settings) => recreate({ ...SETTINGS, ...settings }),
};
