import type { Night, NightlyHistory, NightlyTry } from '../../contract/nightly-history';
import type { Verdict } from '../../contract/verdict';
import type { Candidate } from '../candidate';

export const DAY_MS = 86_400_000;

/** When the night of a test begins, wall ms. */
export const TONIGHT_MS = Date.parse('2026-11-26T22:00:00.000Z');

export const scenarioNamed = (id: string): Candidate => ({
  ...{ id, title: id, phase: 'phase' },
  means: { kind: 'scenario', file: 'a.scenario.ts' },
});

export const commandNamed = (id: string): Candidate => ({
  ...{ id, title: id, phase: 'commands' },
  means: { kind: 'command', command: ['true'] },
});

export const triedAs = (candidate: string, verdict: Verdict, durationMs = 10_000, seed = 's'): NightlyTry => {
  return { candidate, verdict, durationMs, seed };
};

/** A night so many days before tonight. */
export function nightBefore(days: number, tries: readonly NightlyTry[], more: Partial<Night> = {}): Night {
  return { at: new Date(TONIGHT_MS - days * DAY_MS).toISOString(), seed: 's', tries, figures: [], ...more };
}

/** Nights in the order in which they were. */
export function historyOf(...nights: readonly Night[]): NightlyHistory {
  return { schema: 1, nights: nights.toSorted((a, b) => (a.at < b.at ? -1 : 1)) };
}
