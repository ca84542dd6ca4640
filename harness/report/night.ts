import type { LeftOut, NightFinding } from '../contract/lines/night';
import type { ScenarioFacts } from '../contract/lines/scenario';
import type { JournalLine, Verdict } from '../contract/observation';
import { formatCount, formatList, formatPlural } from './format';
import { linesOf } from './spans';

/** A night as the journal tells it. */
export interface NightModel {
  readonly budgetMs: number;
  /** What could be tried. */
  readonly candidates: number;
  readonly findings: readonly NightFinding[];
  readonly leftOut: readonly LeftOut[];
}

/** What is asked of something that was tried. */
export interface TriedOne {
  readonly verdict: Verdict;
  readonly facts: Pick<ScenarioFacts, 'tried'>;
}

/** `undefined` for a run of anything else. */
export function nightOf(lines: readonly JournalLine[]): NightModel | undefined {
  const started = linesOf(lines, 'night-started').at(0);
  if (started === undefined) return undefined;
  const { budgetMs, candidates } = started;
  const findings = linesOf(lines, 'night-finding').map(({ kind, subject, observed, expected }) => {
    return { kind, subject, observed, expected };
  });
  const leftOut = linesOf(lines, 'night-left-out').map(({ id, title, reason }) => ({ id, title, reason }));
  return { budgetMs, candidates, findings, leftOut };
}

/** How many candidates a night tried: whatever they came to, and however often. */
export function triedCount(scenarios: readonly TriedOne[]): number {
  return scenarios.filter(({ verdict, facts }) => facts.tried?.attempt === 1 && verdict !== 'skipped').length;
}

/** The first sentence of a night, without its full stop; `undefined` where its verdict alone says it better. */
export function nightSentence(night: NightModel, scenarios: readonly TriedOne[], verdict: Verdict): string | undefined {
  const tried = `${formatCount(triedCount(scenarios))} of ${formatPlural(night.candidates, 'candidate')} tried`;
  if (verdict === 'passed') return `The night found nothing: ${tried}`;
  const found = findingWords(night, scenarios);
  return found.length === 0 ? undefined : `The night found ${formatList(found)}: ${tried}`;
}

function findingWords({ findings }: NightModel, scenarios: readonly TriedOne[]): string[] {
  const of = (wanted: NightFinding['kind']) => findings.filter(({ kind }) => kind === wanted).length;
  const failed = scenarios.filter(({ verdict }) => verdict === 'failed' || verdict === 'error').length;
  return [
    failed === 0 ? undefined : formatPlural(failed, 'failure'),
    of('flaky') === 0 ? undefined : `${formatPlural(of('flaky'), 'change')} of verdict with the same seed`,
    of('drift') === 0 ? undefined : `${formatPlural(of('drift'), 'figure')} beyond its noise`,
  ].filter((words) => words !== undefined);
}
