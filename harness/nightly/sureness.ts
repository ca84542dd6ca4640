import type { NightlyHistory, NightlyTry } from '../contract/nightly-history';

const DAY_MS = 86_400_000;

/** After so many days a verdict counts half: what changes meanwhile (code, images, the machine) is not known to it. */
const HALF_LIFE_DAYS = 7;

/** A try with its moment, wall ms. */
export interface DatedTry extends NightlyTry {
  readonly atMs: number;
}

/** The tries of all nights with their moments, oldest first. */
export function datedTries({ nights }: NightlyHistory): DatedTry[] {
  return nights.flatMap(({ at, tries }) => tries.map((one) => ({ ...one, atMs: Date.parse(at) })));
}

/**
 * How unsure it is that a candidate passes, 0 – 0.29: the standard deviation of a Beta distribution that begins flat and to which each try adds
 * its verdict, the less the longer ago it was. So one number grows with the time since the last try, with how few there were, and with how
 * much they contradict each other. Evidence that fades by a constant factor is that of discounted Thompson sampling: Raj and Kalyani,
 * "Taming Non-stationary Bandits: A Bayesian Approach", 2017, arXiv:1707.09727.
 */
export function unsureness(tries: readonly DatedTry[], nowMs: number): number {
  let [passed, failed] = [1, 1];
  for (const { verdict, atMs } of tries) {
    const weight = 0.5 ** (Math.max(0, nowMs - atMs) / DAY_MS / HALF_LIFE_DAYS);
    // What could not tell stands between: else it would come first night after night, and others never.
    const share = verdict === 'passed' ? 1 : verdict === 'failed' ? 0 : 0.5;
    passed += weight * share;
    failed += weight * (1 - share);
  }
  const all = passed + failed;
  return Math.sqrt((passed * failed) / (all * all * (all + 1)));
}
