import { HarnessError } from '../../core/errors';
import { DEFAULT_SETTINGS, type RolloutSettings, type Strategy } from './strategy';

export interface CanaryOptions extends Partial<RolloutSettings> {
  /** Percents of the traffic for the new revision, rising, the last 100. */
  readonly steps: readonly number[];
}

/**
 * Gives the new revision a growing share of the traffic, and judges it against the stable one at each step.
 * @throws HarnessError `strategy-invalid`
 */
export function canary({ steps, ...settings }: CanaryOptions): Strategy {
  const rising = steps.every((step, index) => step > (steps[index - 1] ?? 0) && step <= 100 && Number.isInteger(step));
  if (!rising || steps.at(-1) !== 100) {
    throw new HarnessError('strategy-invalid', {
      message: `canary steps [${steps.join(', ')}] are not whole percents that rise to 100`,
      facts: { steps },
      hint: 'For example [5, 25, 50, 100].',
    });
  }
  return { name: `canary ${steps.join('→')} %`, steps, settings: { ...DEFAULT_SETTINGS, ...settings } };
}
