import { recheck } from '../steps/recheck';
import { roll } from '../steps/roll';
import type { Step } from '../steps/step';
import type { Strategy } from './strategy';

/** How long what was stable before is looked at before it is made stable again, at most, ms. */
const RECHECK_MS = 5_000;

/** The steps that only look, and yet are no judging: whoever waits for a whole release goes on doing so. */
const KEPT: readonly string[] = ['join'];

/** A strategy on the way back, and what it leaves out, in words. */
export interface StraightBack {
  readonly strategy: Strategy;
  readonly skipped: readonly string[];
}

/**
 * The strategy on the way back to what was stable before: it was judged when it came. It starts, gets ready, and has all of the traffic at once;
 * smaller shares, pauses, judging and measuring are left out, and the bake is a short look at whether it is worse. Hooks, and what changes
 * the world in another way, stay; replicas that are exchanged few at a time are so still, because there may be no room for more. One that
 * ends held is none that goes back. As `rollbackWindow` of Argo Rollouts.
 */
export function straightBack(strategy: Strategy): StraightBack {
  const { steps, settings, name } = strategy;
  if (!steps.some(({ nature }) => nature === 'commits')) return { strategy, skipped: [] };
  const last = steps.findLast(({ kind }) => kind === 'weight');
  const skipped: string[] = [];
  const skip = (says: string): readonly Step[] => {
    skipped.push(says);
    return [];
  };
  const quick = steps.flatMap((step): readonly Step[] => {
    if (step.kind === 'bake') return [recheck({ forMs: Math.min(settings.bakeMs, RECHECK_MS) }), ...skip(step.says)];
    if (step.kind === 'roll') return [roll.from({ ...step.options, isJudged: false }), ...skip('judge each stage')];
    const isSkipped = step.nature === 'watches' ? !KEPT.includes(step.kind) : step.kind === 'weight' && step !== last;
    return isSkipped ? skip(step.says) : [step];
  });
  if (skipped.length === 0) return { strategy, skipped };
  return { strategy: { ...strategy, name: `${name}, straight back`, steps: quick }, skipped };
}
