import { skew } from '../steps/skew';
import type { Strategy } from './strategy';

/**
 * The strategy with what the configuration's `skew` asks for, where any sequence of it passes the service: stable is measured before all
 * else, and both revisions are tried on each other as soon as the new one is ready, before it has a user, and again before it is accepted.
 * Going back waits for none of that: what the release leaves behind is there already. A strategy that never has both at once can only be measured; one that exchanges replicas tries them itself, at its first stage.
 */
export function withSkew(
  strategy: Strategy,
  names: readonly string[],
  { isUndo }: { readonly isUndo: boolean },
): Strategy {
  if (names.length === 0 || isUndo || !strategy.settings.skew) return strategy;
  const areBothReady =
    strategy.steps.some(({ kind }) => kind === 'ready') && !strategy.steps.some((step) => step.takesTurns);
  const steps = strategy.steps.flatMap((step) => {
    if (!areBothReady) return [step];
    if (step.kind === 'ready') return [step, skew()];
    return step.nature === 'commits' ? [skew(), step] : [step];
  });
  return { ...strategy, steps: [skew({ of: 'stable' }), ...steps] };
}
