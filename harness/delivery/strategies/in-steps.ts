import type { Step } from '../steps/step';
import { checked } from '../checked';
import { settingsSchema, type GivenSettings } from './settings';
import type { Strategy } from './strategy';
import { withHooks } from './with-hooks';

export interface InStepsOptions extends GivenSettings {
  readonly steps: readonly Step[];
}

/**
 * A strategy for once, step by step: `inSteps({ steps: [start(), ready(), weight({ percent: 20 }), hold({ forMs: 60_000 })] })`. Without
 * `accept()` all is undone after the last step, and the rollout ends `held`.
 * @throws HarnessError `strategy-invalid`
 */
export function inSteps({ steps, ...settings }: InStepsOptions): Strategy {
  const name = steps.map(({ says }) => says).join(', ');
  const checkedSettings = checked(settingsSchema, settings, 'steps');
  return { name, settings: checkedSettings, steps: withHooks(steps, checkedSettings) };
}
