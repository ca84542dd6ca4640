/** Which of a front's two server groups a revision lives in. */
export type Slot = 'blue' | 'green';

export type RevisionStatus = 'stable' | 'candidate' | 'retired' | 'failed';

/** An immutable (service, image, configuration) of a managed service. It is a compose service of its own. */
export interface Revision {
  readonly service: string;
  /** Counts from 1 per service. */
  readonly number: number;
  /** The compose service, such as `orders-r1`. */
  readonly label: string;
  readonly image: string;
  /** The image's content id: what identifies a revision, since local images have no registry digest. */
  readonly imageId: string;
  /** Hash of the user's definition of the service. */
  readonly configHash: string;
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
}

/** What a new revision is made of. */
export interface RevisionSpec {
  readonly image: string;
  readonly imageId: string;
  readonly configHash: string;
}

export function revisionLabel(service: string, number: number): string {
  return `${service}-r${number}`;
}

export function otherSlot(slot: Slot): Slot {
  return slot === 'blue' ? 'green' : 'blue';
}

/** The first revision of a service: stable from the start, in the blue slot. */
export function firstRevision(service: string, spec: RevisionSpec): Revision {
  return { service, number: 1, label: revisionLabel(service, 1), ...spec, slot: 'blue', status: 'stable' };
}

/** The revision that would follow: the next number, in the slot that stable does not use. */
export function nextRevision(history: readonly Revision[], stable: Revision, spec: RevisionSpec): Revision {
  const number = 1 + Math.max(...history.map((revision) => revision.number), stable.number);
  const { service } = stable;
  const slot = otherSlot(stable.slot);
  return { service, number, label: revisionLabel(service, number), ...spec, slot, status: 'candidate' };
}

/** Whether deploying `spec` over `revision` would change nothing. */
export function isSameSpec(revision: Revision, spec: RevisionSpec): boolean {
  return revision.imageId === spec.imageId && revision.configHash === spec.configHash;
}

/** The same revision with another status, its rollout ended. */
export function settled(revision: Revision, status: RevisionStatus): Revision {
  const { rollout: _ended, ...rest } = revision;
  return { ...rest, status };
}
