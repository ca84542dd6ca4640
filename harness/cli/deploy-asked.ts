import type { LoadedConfig } from '../contract/config-file';
import { whoRunsThis } from '../core/who';
import { rolloutToRetry } from '../delivery/retry';
import { revisionToGoBackTo, type PreflightRequest } from '../delivery/revisions/preflight';
import type { Revision } from '../delivery/revisions/revision';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';
import { historyPath, openRolloutHistory } from '../delivery/rollout-history';
import { strategyFor, type AskedStrategy } from '../delivery/strategies/asked';
import type { Strategy } from '../delivery/strategies/strategy';

/** What a person asks for, by the words of the command line alone. */
export interface DeployWords {
  readonly service: string;
  /** Of the next revision; or else `undo`; or the last rollout is tried once more. */
  readonly image?: string;
  /** An earlier revision to go back to. */
  readonly undo?: number | 'last-good';
  readonly redeploy: boolean;
  /** An undo goes by every step. */
  readonly allSteps?: boolean;
}

/** What a command deploys, as the records of the stack have it. */
export interface DeployAsked {
  readonly request: PreflightRequest & AskedStrategy;
  /** Of the run. */
  readonly title: string;
  /** For a person, before it begins. */
  readonly says: readonly string[];
  /** What the new revision is made as, once it was promoted. */
  readonly madeAs?: string;
}

/**
 * What is to be deployed, by a strategy where it is no retry. Of a retry, why there is nothing to do where there is not.
 * @throws HarnessError `nothing-to-retry`
 */
export function askedOf(
  words: DeployWords,
  loaded: Pick<LoadedConfig, 'stateDirectory'>,
  strategy: Strategy | undefined,
): DeployAsked | { readonly nothing: string } {
  if (strategy === undefined) return askedAgain(words, loaded);
  const { service, image, undo, redeploy, allSteps = false } = words;
  const what = { ...(image === undefined ? {} : { image }), ...(undo === undefined ? {} : { undo }) };
  const request = { service, ...what, redeploy, allSteps, strategy };
  if (undo === undefined) return { request, title: `deploy ${image} to ${service}`, says: [] };
  const revisions = openRevisionStore(revisionsPath(loaded.stateDirectory));
  const from = revisions.stable(service);
  const to = from && revisionToGoBackTo(undo, { from, history: revisions.list(service) });
  if (from === undefined || to === undefined) {
    const aim = undo === 'last-good' ? 'its last good revision' : `revision ${undo}`;
    return { request, title: `take ${service} back to ${aim}`, says: [] };
  }
  const ways = `${named(from)} serves now; a new revision is made as ${named(to)} was`;
  const { skipped } = strategyFor(request, to, { revisions });
  const straight = `${to.label} was stable before: straight back, without "${skipped.join('", "')}" (--all-steps takes every step)`;
  return {
    request,
    title: `take ${service} back to ${named(to)}`,
    says: skipped.length === 0 ? [`${ways}, and judged`] : [ways, straight],
    madeAs: named(to),
  };
}

function askedAgain(
  { service }: DeployWords,
  { stateDirectory }: Pick<LoadedConfig, 'stateDirectory'>,
): DeployAsked | { readonly nothing: string } {
  const revisions = openRevisionStore(revisionsPath(stateDirectory));
  const history = openRolloutHistory(historyPath(stateDirectory), whoRunsThis());
  const found = rolloutToRetry(service, { history, revisions });
  if ('nothing' in found) return found;
  const { retry, revision, strategy, redeploy } = found;
  return {
    request: { service, retry, strategy, redeploy },
    title: `try ${named(revision)} once more on ${service}`,
    says: [`a new revision is made as ${named(revision)}, by ${strategy.name}: rollout ${retry.rollout} once more`],
    madeAs: named(revision),
  };
}

const named = ({ label, image }: Revision) => `${label} (${image})`;
