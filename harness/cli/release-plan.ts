import { loadConfigFile } from '../contract/config-file';
import { stepText, undoText } from '../contract/release-words';
import { warningOf } from '../delivery/plan-facts';
import { preflightRelease } from '../delivery/release/run-release';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';
import { unlessExclusive } from '../delivery/strategies/for-service';
import type { Strategy } from '../delivery/strategies/strategy';
import { preflight } from '../docker/client';
import { requireKeptStack } from '../project/ground';
import { planRelease, planningPortsTo } from '../project/release/plan-release';
import type { ReleaseTarget } from '../project/release/target';
import { printResult } from './json';

/** A step of a release, for people and programs. */
interface PlannedStep {
  readonly kind: string;
  readonly service: string;
  readonly image: string;
  /** What is different, by name; no values. */
  readonly changes: readonly string[];
  readonly says: string;
  readonly undo: string;
}

/** What a whole release would do. */
export interface ReleasePlanFacts {
  readonly isUnchanged: boolean;
  readonly strategy: string;
  readonly steps: readonly PlannedStep[];
  readonly warnings: readonly string[];
}

/**
 * `rollproof release --plan`: the steps, and how each is undone. Takes no lock, and changes nothing.
 * @throws HarnessError what a release would throw before it changes anything
 */
export async function releasePlan(options: {
  readonly config: string;
  readonly to: ReleaseTarget;
  readonly strategy: Strategy;
  readonly json: boolean;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { to: target, strategy, json, signal } = options;
  const loaded = await loadConfigFile(options.config);
  await preflight();
  const kept = await requireKeptStack(loaded);
  const revisions = openRevisionStore(revisionsPath(loaded.stateDirectory));
  const { to, steps } = await planRelease(loaded, kept.plan, target, { revisions, signal });
  const strategyOf = (service: string) => unlessExclusive(to.managed[service], strategy);
  await preflightRelease({ steps, strategyOf }, planningPortsTo(to, revisions));
  const rolledOut = steps.filter(({ kind }) => kind === 'roll-out');
  const facts: ReleasePlanFacts = {
    isUnchanged: steps.length === 0,
    strategy: strategy.name,
    steps: steps.map((step) => ({ ...step, says: stepText(step), undo: undoText(step) })),
    warnings: [
      ...rolledOut.flatMap(({ service }) => warningOf(strategyOf(service), service) ?? []),
      ...steps
        .filter(({ kind }) => kind === 'replace')
        .map(({ service }) => `${service} is not served from the stop of the old container until the new one is ready`),
    ],
  };
  printResult(json, facts, releasePlanText(facts));
  return 0;
}

/** What a whole release would do, as a person reads it. */
export function releasePlanText({ isUnchanged, strategy, steps, warnings }: ReleasePlanFacts): string {
  if (isUnchanged) return 'This version runs already; nothing would be released.\n';
  const lines = [
    `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}, what is rolled out by ${strategy}; nothing was changed.`,
    '',
    ...steps.flatMap(({ says, undo, image, changes }, index) => [
      `  ${index + 1}. ${says}`,
      `     ${image}${changes.length === 0 ? '' : `; changed: ${changes.join(', ')}`}`,
      `     back: ${undo}`,
    ]),
    '',
    '  All new revisions become stable together, once every step is through; one that fails takes all back, the last first.',
    ...warnings.map((warning) => `  Beware: ${warning}.`),
  ];
  return `${lines.join('\n')}\n`;
}
