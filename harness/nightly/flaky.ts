import type { NightFinding } from '../contract/lines/night';
import type { NightlyHistory, NightlyTry } from '../contract/nightly-history';
import type { Candidate } from './candidate';
import { isAnswer } from './plan';

export interface FlakyInput {
  readonly candidates: readonly Candidate[];
  readonly history: NightlyHistory;
  readonly tonight: readonly NightlyTry[];
  /** The commit that is tried, where there is one, and nothing but it. */
  readonly revision?: string | undefined;
}

/**
 * Who came to another verdict with the same seed: tonight, or in another night that tried the same commit. What could not tell (busy machine, no
 * evidence) is no other verdict.
 */
export function flakyFindings({ candidates, history, tonight, revision }: FlakyInput): NightFinding[] {
  const sameCode = history.nights.filter((night) => revision !== undefined && night.revision === revision);
  const before = sameCode.flatMap(({ tries }) => tries);
  return candidates.flatMap(({ id, title }) => {
    const isOwn = ({ candidate }: NightlyTry) => candidate === id;
    const seeds = new Set(tonight.filter(isOwn).map(({ seed }) => seed));
    return [...seeds].flatMap((seed) => {
      const told = [...before, ...tonight].filter((one) => isOwn(one) && one.seed === seed && isAnswer(one));
      const passed = told.filter(({ verdict }) => verdict === 'passed').length;
      if (passed === 0 || passed === told.length) return [];
      const observed = `passed ${passed} of ${told.length} times: ${told.map(({ verdict }) => verdict).join(', ')}`;
      return [{ kind: 'flaky', subject: title, observed, expected: `one verdict with seed ${seed}` } as const];
    });
  });
}
