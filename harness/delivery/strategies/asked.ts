import { revisionToGoBackTo, type PreflightRequest } from '../revisions/preflight';
import type { RevisionSpec } from '../revisions/revision';
import type { RevisionStore } from '../revisions/revision-store';
import { suitedTo, unlessExclusive } from './for-service';
import { straightBack, type StraightBack } from './straight-back';
import type { Strategy } from './strategy';
import { withSkew } from './with-skew';

/** By what a deployment is asked for. */
export interface AskedStrategy {
  readonly strategy: Strategy;
  /** On the way back to what was stable before: every step, as for what nobody has seen yet. Default false. */
  readonly allSteps?: boolean;
}

/** What the strategy of a deployment follows from, beside what was asked. */
interface StrategyGround {
  readonly revisions: RevisionStore;
  /** What counts as slow of a service's answers by its objective, ms, where it has one. */
  readonly objectiveMs?: (service: string) => number | undefined;
  /** Absent where the configuration names no `skew`. */
  readonly skew?: { names(service: string): readonly string[] };
}

/**
 * The strategy that a deployment goes by: what was asked for, with what the configuration adds to every rollout of the service; on the way back
 * to what was stable before straight, which leaves out what is said. What is tried again is so by what it went by.
 * @throws HarnessError `strategy-invalid`
 */
export function strategyFor(
  request: PreflightRequest & AskedStrategy,
  { settings }: Pick<RevisionSpec, 'settings'>,
  { revisions, objectiveMs, skew }: StrategyGround,
): StraightBack {
  const { strategy, service, undo, retry } = request;
  const suited = ({ strategy: own, ...more }: StraightBack) => ({ ...more, strategy: suitedTo(settings, own) });
  if (retry !== undefined) return suited({ strategy, skipped: [] });
  const asked = byObjective(unlessExclusive(settings, strategy), objectiveMs?.(service));
  const isUndo = undo !== undefined;
  if (isUndo && request.allSteps !== true && wasStable({ service, undo }, revisions))
    return suited(straightBack(asked));
  return suited({ strategy: withSkew(asked, skew?.names(service) ?? [], { isUndo }), skipped: [] });
}

/** Whether the way back leads to what was stable before, and still is remembered. */
function wasStable(
  { service, undo }: { readonly service: string; readonly undo: number | 'last-good' },
  revisions: RevisionStore,
): boolean {
  const from = revisions.stable(service);
  const to = from && revisionToGoBackTo(undo, { from, history: revisions.list(service) });
  return to?.status === 'retired' || to?.status === 'stable';
}

/** The strategy, judging what is slow by the service's objective where it names no limit of its own. */
function byObjective(strategy: Strategy, slowerThanMs: number | undefined): Strategy {
  if (slowerThanMs === undefined) return strategy;
  return { ...strategy, settings: { slowerThanMs, ...strategy.settings } };
}
