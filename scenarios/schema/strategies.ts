import { blueGreen, canary, rolling } from '../../harness';

export const BRIEF = { riseToDetect: 0.1, windowMs: 500, minReadyMs: 1_000, bakeMs: 2_000, readyTimeoutMs: 90_000 };

/** How a release of another schema is tried, by name. */
export const STRATEGIES = {
  'blue-green': (options: object) => blueGreen({ ...BRIEF, ...options }),
  canary: (options: object) => canary({ ...BRIEF, steps: [20, 50, 100], ...options }),
  rolling: (options: object) => rolling({ ...BRIEF, ...options }),
};
