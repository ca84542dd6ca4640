import type { HookMoment } from '../../contract/hooks';
import { hook } from '../steps/hook';
import type { Step } from '../steps/step';
import type { RolloutSettings } from './settings';

/** The steps with the hooks of the settings among them. What is to run after a rollback stands first, because undos go backwards. */
export function withHooks(steps: readonly Step[], settings: RolloutSettings): readonly Step[] {
  const { beforeStart = [], beforePromotion = [], afterPromotion = [], afterRollback = [] } = settings;
  const at = (when: HookMoment, hooks: typeof beforeStart) => hooks.map((run) => hook({ when, run }));
  const body = steps.flatMap((step) =>
    step.nature === 'commits'
      ? [...at('before-promotion', beforePromotion), step, ...at('after-promotion', afterPromotion)]
      : [step],
  );
  return [...at('after-rollback', [...afterRollback].reverse()), ...at('before-start', beforeStart), ...body];
}
