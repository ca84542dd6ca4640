import { kindOfCode } from '../core/error-codes';
import type { RolloutResult } from '../contract/rollout-result';

/** What the time between the first bad response and the decision was: until it was noticed, or until nobody could wait any longer. */
export function waitBefore(cause: string | undefined): 'noticing' | 'undecided' {
  const kind = kindOfCode(cause);
  return kind === 'release' || kind === 'stack' ? 'noticing' : 'undecided';
}

/** Whether a rollout went back to stable because something, or somebody, decided against it: a hold that was over did not. */
export function isRollback({ outcome }: Pick<RolloutResult, 'outcome'>): boolean {
  return outcome === 'rolled-back' || outcome === 'aborted';
}

/** First bad response → rolled back, if there was one and it is known. */
export function rollbackMs(rollout: RolloutResult): number | undefined {
  const { firstBadResponseAtMs, rolledBackAtMs } = rollout;
  if (!isRollback(rollout) || firstBadResponseAtMs === undefined || rolledBackAtMs === undefined) return undefined;
  return rolledBackAtMs - firstBadResponseAtMs;
}

/** How a rollout ended, in some words beside its sentence: in the direction in which traffic went last. */
export function outcomeText(rollout: Pick<RolloutResult, 'outcome' | 'cause' | 'from' | 'to'>): string {
  const { outcome, from, to } = rollout;
  if (outcome === 'promoted') return `${from} → ${to}`;
  if (outcome === 'unchanged') return `${from} stays`;
  if (outcome === 'held') return `${to} held, then back to ${from}`;
  return outcome === 'rollback-paused' ? `${to} stuck on the way back to ${from}` : `${to} back to ${from}`;
}
