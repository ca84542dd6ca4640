import type { ServiceDefinition } from '../../compose/definition';
import { revisionLabel } from '../../compose/own-names';
import type { ServiceSettings } from '../../contract/config';
import { contentHash } from '../../core/ids';
import type { StrategyRecord } from './strategy-record';

/** Which of a front's two server groups a revision lives in. A worker has no front: there it only tells two revisions apart. */
export type Slot = 'blue' | 'green';

export type RevisionStatus = 'stable' | 'candidate' | 'retired' | 'failed';

/** What a revision is made of, as it was when it was made. No tag that moves, file that is edited or rebuild changes it. */
export interface RevisionSpec {
  /** As whoever deployed it named it. */
  readonly image: string;
  /** By which the Engine knew that image then. Our own tag keeps it (`revisionImage`), and is what runs. */
  readonly imageId: string;
  /** Digest of what runs: equal for two builds of equal content. */
  readonly content: string;
  /** The user's compose definition. */
  readonly definition: ServiceDefinition;
  /** What the configuration said of the service. */
  readonly settings: ServiceSettings;
}

/** An immutable (service, image content, definition, settings) of a managed service, or of a worker. It is a compose service of its own. */
export interface Revision extends RevisionSpec {
  readonly service: string;
  /** Counts from 1 per service. */
  readonly number: number;
  /** The compose service, such as `orders-r1`. */
  readonly label: string;
  readonly slot: Slot;
  readonly status: RevisionStatus;
  /** Set from the start to the end of the rollout that brings this revision: what a controller after a dead one finds. */
  readonly rollout?: RolloutMark;
}

/** A rollout that has begun and not ended. */
export interface RolloutMark {
  readonly id: string;
  /** Where its journal lies, when it has a file. */
  readonly journalPath?: string;
  /** What was asked for. */
  readonly strategy?: StrategyRecord;
  /** Id of the rollout that it repeats. */
  readonly retries?: string;
}

export function otherSlot(slot: Slot): Slot {
  return slot === 'blue' ? 'green' : 'blue';
}

/** The first revision of a service: stable from the start, in the blue slot. */
export function firstRevision(service: string, spec: RevisionSpec): Revision {
  return { service, number: 1, label: revisionLabel(service, 1), ...specOf(spec), slot: 'blue', status: 'stable' };
}

/** The revision that would follow: the next number, in the slot that stable does not use. */
export function nextRevision(history: readonly Revision[], stable: Revision, spec: RevisionSpec): Revision {
  const number = 1 + Math.max(...history.map((revision) => revision.number), stable.number);
  const { service } = stable;
  const slot = otherSlot(stable.slot);
  return { service, number, label: revisionLabel(service, number), ...specOf(spec), slot, status: 'candidate' };
}

/** What a revision is made of, without what it is. */
export function specOf({ image, imageId, content, definition, settings }: RevisionSpec): RevisionSpec {
  return { image, imageId, content, definition, settings };
}

/** Whether deploying one over the other would change nothing: content decides, not what an image is called. */
export function isSameSpec(one: RevisionSpec, other: RevisionSpec): boolean {
  return one.content === other.content && madeOf(one) === madeOf(other);
}

function madeOf({ definition, settings }: RevisionSpec): string {
  return contentHash({ definition, settings });
}

/** The same revision with another status, its rollout ended. */
export function settled(revision: Revision, status: RevisionStatus): Revision {
  const { rollout: _ended, ...rest } = revision;
  return { ...rest, status };
}

/** Which rollout the one of a revision repeats, as long as that is under way. */
export function retriesOf({ rollout }: Pick<Revision, 'rollout'>): { readonly retries?: string } {
  return rollout?.retries === undefined ? {} : { retries: rollout.retries };
}

/** How many replicas a revision is asked for, by its own definition. */
export function replicasOf({ definition }: Pick<Revision, 'definition'>): number {
  const { deploy, scale } = definition.service;
  return deploy?.replicas ?? scale ?? 1;
}
