import { changedPaths } from './changed-paths';
import type { Plan } from './revisions/preflight';
import type { Revision } from './revisions/revision';
import type { StepTimes } from './steps/step';
import { takesTurns, type Strategy } from './strategies/strategy';

/** A revision as a plan tells of it. Not its definition: that may hold secrets. */
export interface PlannedRevision {
  readonly label: string;
  readonly image: string;
  /** Digest of what runs. */
  readonly content: string;
}

export interface PlannedStep extends Partial<StepTimes> {
  readonly kind: string;
  /** In a few words. */
  readonly says: string;
}

/** What a deployment would do, for people and programs. */
export interface PlanFacts {
  readonly service: string;
  readonly strategy: string;
  /** Whether anything would happen: the same content, definition and settings are not deployed again. */
  readonly isUnchanged: boolean;
  readonly from: PlannedRevision;
  readonly to: PlannedRevision;
  /** What is different in the new revision, by name: `image`, `content`, `definition.service.environment.LOG_LEVEL`. No values. */
  readonly changes: readonly string[];
  readonly steps: readonly PlannedStep[];
  /** What is left out of the strategy on the way back to what was stable before, in words. */
  readonly skipped: readonly string[];
  /** The whole rollout ends before this, ms; what was asked to be held does not count. */
  readonly deadlineMs: number;
  /** What the strategy costs users, whatever the release is like. */
  readonly warnings: readonly string[];
}

export function planFacts({ from, to }: Plan, strategy: Strategy, skipped: readonly string[] = []): PlanFacts {
  const { settings, name, steps } = strategy;
  const isUnchanged = from.label === to.label;
  const warning = warningOf(strategy, from.service);
  return {
    service: from.service,
    strategy: name,
    isUnchanged,
    from: told(from),
    to: told(to),
    changes: isUnchanged ? [] : changesBetween(from, to),
    steps: isUnchanged ? [] : steps.map(({ kind, says, takes }) => ({ kind, says, ...takes?.(settings) })),
    skipped: isUnchanged ? [] : skipped,
    deadlineMs: settings.progressDeadlineMs,
    warnings: isUnchanged || warning === undefined ? [] : [warning],
  };
}

/** What a strategy costs its users whatever the release is like, to be known before it begins. */
export function warningOf(strategy: Strategy, service: string): string | undefined {
  if (!takesTurns(strategy)) return undefined;
  return `${strategy.name}: requests to ${service} are not served from the stop of the old revision until the new one is ready`;
}

function told({ label, image, content }: Revision): PlannedRevision {
  return { label, image, content };
}

function changesBetween(from: Revision, to: Revision): string[] {
  const of = ({ image, content, definition, settings }: Revision) => ({ image, content, definition, settings });
  return changedPaths(of(from), of(to));
}
