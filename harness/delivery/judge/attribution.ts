import type { Attribution } from '../../contract/attribution';
import { fisherExactGreater, type Trials } from '../../statistics/fisher';

/** What is known when the judge has made up its mind. */
export interface AttributionFacts {
  /** Whether the judge found the new revision worse than stable over the same seconds. */
  readonly isWorse: boolean;
  /** Requests of each replica of the new revision; empty where nobody told of replicas. */
  readonly replicas: readonly (Trials & { readonly name: string })[];
  readonly stable: Trials;
  /** What stable did before the new revision had traffic. */
  readonly stableBefore: Trials;
  /** Medians of stable, ms; absent without answers. */
  readonly stableMs?: number;
  readonly stableBeforeMs?: number;
  /** Requests a second, of both together. */
  readonly ratePerSecond: number;
  readonly rateBefore: number;
  /** Whether the machine kept the stack from working, where somebody watched that. */
  readonly isStarved?: boolean;
}

/** Two counts this unlikely to be of one kind are of two. */
const ALPHA = 0.001;

/** Others that look worse than stable at this level are suspects too. */
const SUSPECT_ALPHA = 0.05;

/** Load that grew by so much is a cause. */
const LOAD_GREW = 1.5;

/** What stable may get slower by: as much as a release may. */
const SLOWER = { ratio: 0.25, ms: 20 };

/**
 * Says whose fault it is. What is worse than stable over the same seconds is the release, but where one replica of several has all of it. What
 * is not, and hurts both, is somebody else's: of the machine where it starved, else of the load where that grew, else of what both ask.
 */
export function attribute(facts: AttributionFacts): Attribution {
  if (facts.isWorse) return sickReplica(facts) === undefined ? 'version' : 'replica';
  if (!isStableWorseThanBefore(facts)) return 'none';
  if (facts.isStarved === true) return 'machine';
  return facts.ratePerSecond >= LOAD_GREW * facts.rateBefore ? 'load' : 'dependency';
}

/** The one replica that fails while all others together are as stable is. */
export function sickReplica(facts: AttributionFacts): Replica | undefined {
  return worstReplica(facts, ALPHA);
}

/**
 * One that looks as if it were that, with chance not yet ruled out, or that may be it, with too few requests to look like anything: the judge
 * is quick, and some more requests tell.
 */
export function suspectReplica(facts: AttributionFacts): Replica | undefined {
  return sickReplica(facts) === undefined ? worstReplica(facts, SUSPECT_ALPHA, { orTooFew: true }) : undefined;
}

type Replica = Trials & { readonly name: string };

function worstReplica(
  { replicas, stable, stableBefore }: AttributionFacts,
  alpha: number,
  { orTooFew = false } = {},
): Replica | undefined {
  const [worst, ...others] = replicas.toSorted((a, b) => ratio(b) - ratio(a));
  if (worst === undefined || others.length === 0) return undefined;
  const rest = total(others);
  // Where nothing of stable runs any more, there is what it did before.
  const measure = stable.requests === 0 ? stableBefore : stable;
  const differs = fisherExactGreater(worst, rest) < alpha || (orTooFew && !canDiffer(worst, rest, alpha));
  return differs && fisherExactGreater(rest, measure) >= SUSPECT_ALPHA ? worst : undefined;
}

/** Whether so many failures of so many requests would say that one replica has them, if it had all that it can have. */
function canDiffer(one: Trials, rest: Trials, alpha: number): boolean {
  const failed = one.errors + rest.errors;
  const most = Math.min(one.requests, failed);
  const [own, others] = [
    { ...one, errors: most },
    { ...rest, errors: failed - most },
  ];
  return fisherExactGreater(own, others) < alpha;
}

/** In words, for a reason; `undefined` where there is nothing to say. */
export function attributionText(facts: AttributionFacts): string | undefined {
  const cause = attribute(facts);
  const failed = ({ errors, requests }: Trials) => `${errors} of ${requests}`;
  switch (cause) {
    case 'version':
      return 'attributed to the release';
    case 'replica': {
      const sick = sickReplica(facts);
      const rest = total(facts.replicas.filter((one) => one !== sick));
      return (
        sick &&
        `attributed to one replica of ${facts.replicas.length}, not to the release: ${sick.name} failed ${failed(sick)}, the others ${failed(rest)}`
      );
    }
    case 'load':
      return `attributed to the load: ${Math.round(facts.ratePerSecond)} requests a second, ${Math.round(facts.rateBefore)} before`;
    case 'machine':
      return 'attributed to the machine, which kept the stack from working';
    case 'dependency':
      return `attributed to a dependency: stable failed ${failed(facts.stable)}, ${failed(facts.stableBefore)} before`;
    case 'none':
      return undefined;
  }
}

function isStableWorseThanBefore({ stable, stableBefore, stableMs, stableBeforeMs }: AttributionFacts): boolean {
  if (fisherExactGreater(stable, stableBefore) < ALPHA) return true;
  if (stableMs === undefined || stableBeforeMs === undefined) return false;
  return stableMs - stableBeforeMs > Math.max(SLOWER.ms, SLOWER.ratio * stableBeforeMs);
}

function total(all: readonly Trials[]): Trials {
  return all.reduce(
    (sum, { requests, errors }) => ({ requests: sum.requests + requests, errors: sum.errors + errors }),
    {
      requests: 0,
      errors: 0,
    },
  );
}

function ratio({ requests, errors }: Trials): number {
  return errors / Math.max(1, requests);
}
