import type { RolloutResult } from '../contract/rollout-result';
import type { Journal } from '../contract/journal';
import { settled, type Revision } from './revisions/revision';
import type { RevisionStore } from './revisions/revision-store';
import type { RolloutHistory } from './rollout-history';

/** Journals how a rollout ended, and adds it to the history. What leads the next command to it goes only then: nobody who dies before loses what became of it. */
export function journalEnd(
  result: RolloutResult,
  {
    journal,
    revisions,
    history,
    isStuck,
  }: {
    readonly journal: Journal;
    readonly revisions: RevisionStore;
    readonly history?: RolloutHistory;
    readonly isStuck: boolean;
  },
): void {
  journal.append({ type: 'rollout-ended', ...result }, { durable: true });
  history?.add(result, revisions);
  if (!isStuck) unmark(revisions, result.rollout);
}

/** Takes the mark of a rollout off the revision that it was to bring. */
export function unmark(revisions: RevisionStore, rollout: string): void {
  const marked = revisions.unfinished().filter((revision: Revision) => revision.rollout?.id === rollout);
  for (const revision of marked) revisions.put(settled(revision, revision.status));
}
