import type { RolloutOutcome } from '../contract/rollout-result';
import { HarnessError } from '../core/errors';
import type { Retried } from './revisions/preflight';
import { isSameSpec, type Revision } from './revisions/revision';
import type { RevisionStore } from './revisions/revision-store';
import type { HistoryEntry, RolloutHistory } from './rollout-history';
import { restored } from './strategies/restore';
import type { Strategy } from './strategies/strategy';

/** A rollout that did not go through, and what it takes to try it again. */
export interface RolloutToRetry {
  readonly retry: Retried;
  readonly revision: Revision;
  readonly strategy: Strategy;
  /** It was asked for although this very content ran already. */
  readonly redeploy: boolean;
}

/** Why a service has nothing to try again: that is no error. */
interface NothingToRetry {
  readonly nothing: string;
}

/** Endings of a rollout that somebody may want to try again. */
const RETRIED: readonly RolloutOutcome[] = ['rolled-back', 'rollback-paused', 'aborted'];

/**
 * The last rollout of a service, as it can be tried again: the same image digest and definition, by the same strategy. One that went through, or
 * ended as asked, is nothing to try again.
 * @throws HarnessError `nothing-to-retry` where there is no rollout, or what it takes is not known any more
 */
export function rolloutToRetry(
  service: string,
  { history, revisions }: { readonly history: Pick<RolloutHistory, 'list'>; readonly revisions: RevisionStore },
): RolloutToRetry | NothingToRetry {
  // What ran already was no rollout.
  const last = history.list(service).findLast(({ outcome }) => outcome !== 'unchanged');
  if (last === undefined) throw nothing(service, `${service} has had no rollout yet`);
  if (!RETRIED.includes(last.outcome)) {
    return { nothing: `the last rollout of ${service}, of ${last.to}, was ${last.outcome}: nothing to try again` };
  }
  const revision = revisionOf(last, revisions);
  const strategy = strategyOf(last);
  const stable = revisions.stable(service);
  const redeploy = stable?.label === last.from && isSameSpec(stable, revision);
  return { retry: { rollout: last.rollout, revision: revision.number }, revision, strategy, redeploy };
}

/** The history outlives stacks and revisions: another revision may have its label by now. */
function revisionOf({ service, to, digest }: HistoryEntry, revisions: RevisionStore): Revision {
  const found = revisions.list(service).find(({ label }) => label === to);
  if (found !== undefined && found.content === digest && found.status === 'failed') return found;
  throw nothing(service, `${to}, which the last rollout of ${service} brought, is not known any more`);
}

function strategyOf({ service, to, strategy: name, asked }: HistoryEntry): Strategy {
  if (asked === undefined) throw nothing(service, `nobody knows any more by what steps ${to} was rolled out (${name})`);
  const { strategy, unknown } = restored(asked, name);
  if (unknown.length === 0) return strategy;
  throw nothing(
    service,
    `${to} was rolled out by steps of somebody's own, which this command does not know: ${unknown.join(', ')}`,
  );
}

function nothing(service: string, message: string): HarnessError {
  return new HarnessError('nothing-to-retry', {
    message,
    facts: { service },
    hint: `Deploy what you want with \`rollproof deploy ${service} --image IMAGE\`; \`rollproof history ${service}\` tells what there was. Nothing was changed.`,
  });
}
