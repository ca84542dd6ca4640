import { HarnessError } from '../../core/errors';
import { join } from '../steps/join';
import { retire } from '../steps/retire';
import type { Strategy } from '../strategies/strategy';

/**
 * A strategy as part of a whole release: before its new revision becomes stable it waits for the others, and its old set is the release's to
 * stop.
 * @throws HarnessError `strategy-invalid` for one that never makes its new revision stable
 */
export function joined(strategy: Strategy): Strategy {
  const { steps } = strategy;
  const committing = steps.findIndex(({ nature }) => nature === 'commits');
  if (committing < 0) {
    throw new HarnessError('strategy-invalid', {
      message: `${strategy.name} never makes a new revision stable: it cannot be part of a whole release`,
      facts: { strategy: strategy.name },
    });
  }
  const last = steps.slice(committing).filter(({ kind }) => kind !== retire.kind);
  return { ...strategy, isDefault: false, steps: [...steps.slice(0, committing), join(), ...last] };
}
