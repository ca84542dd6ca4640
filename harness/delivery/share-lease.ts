import { otherSlot } from '../front/config';
import type { Front } from '../front/front';
import type { UndoKeeper } from '../faults/context';
import { HarnessError, hasCode } from '../core/errors';
import type { DeliveryPorts, LeaseTerms, Weights } from './ports';
import type { Revision } from './revisions/revision';
import type { RevisionStore } from './revisions/revision-store';

export interface ShareLeaseOptions {
  readonly front: Front;
  /** Holds the leases. */
  readonly guardian: UndoKeeper;
  readonly revisions: RevisionStore;
}

export interface StableLeaseOptions extends Pick<ShareLeaseOptions, 'guardian' | 'revisions'> {
  /** What the guardian gives back: the share of a front, or a worker's consumers, of which it stops the candidate's. Default: the share. */
  readonly action?: 'weights' | 'consumers';
}

/**
 * Sets a service's weights. What is not on the stable revision is leased: the guardian gives it back when this process dies, or is silent
 * for too long. Registered before it is applied; the switch to stable waits for nobody. Returns the routing's epoch.
 * @throws HarnessError `share-not-leased` when it is not known whose share it is, or who would get it back: nothing was changed
 */
export async function setLeasedWeights(
  { front, guardian, revisions }: ShareLeaseOptions,
  weights: Weights,
  terms: LeaseTerms = {},
): Promise<number> {
  const { service, state } = front;
  const id = leaseOf(service);
  const stable = revisions.stable(service);
  if (stable === undefined) throw notLeased(service, 'it has no stable revision');
  const other = otherSlot(stable.slot);
  const isShared = weights[other] > 0;
  if (isShared) {
    const candidate = state.slots[other].label;
    if (candidate === undefined) throw notLeased(service, `its front knows of no revision in ${other}`);
    await guardian.register({ id, action: 'weights', service, stable: stable.label, candidate, ...terms });
  }
  const epoch = await front.setWeights(weights);
  if (!isShared) await dropLease(service, guardian);
  return epoch;
}

/** Ends the lease of a share that is given back: the guardian would do the same. */
export async function dropLease(service: string, guardian: UndoKeeper): Promise<void> {
  try {
    await guardian.unregister(leaseOf(service));
  } catch (error) {
    // One that has gone has no lease to end, and one that has taken over gives the same back: their loss is told elsewhere. One that is
    // silent may still hold it.
    if (!hasCode(error, 'helper-gone') && !hasCode(error, 'helper-failed')) throw error;
  }
}

/**
 * Before anything of stable is stopped: registers who brings it back, and how, if this process dies or is silent for too long.
 * @throws HarnessError `share-not-leased`
 */
export async function leaseStable(
  { service, label: candidate }: Pick<Revision, 'service' | 'label'>,
  terms: LeaseTerms,
  { guardian, revisions, action = 'weights' }: StableLeaseOptions,
): Promise<void> {
  const stable = revisions.stable(service);
  if (stable === undefined) throw notLeased(service, 'it has no stable revision');
  const id = leaseOf(service);
  await guardian.register({ id, action, service, stable: stable.label, candidate, ...terms });
}

/**
 * Ends the lease of a share that stays: from its return on nobody gives it back, whoever dies.
 * @throws what the guardian throws, also when it has gone: it may have taken this process for dead, and be giving the share back
 */
export async function endLease(service: string, guardian: UndoKeeper): Promise<void> {
  await guardian.unregister(leaseOf(service));
}

function leaseOf(service: string): string {
  return `share of ${service}`;
}

function notLeased(service: string, reason: string): HarnessError {
  return new HarnessError('share-not-leased', {
    message: `nobody would give a share of ${service} back: ${reason}`,
    facts: { service },
  });
}

/** Who took a candidate's share when its controller died, in words that follow a reason; empty when nobody did. */
export async function whoGaveBack(ports: DeliveryPorts, service: string, candidate: string): Promise<string> {
  const given = await ports.givenBack(service).catch(() => undefined);
  if (given?.candidate !== candidate) return '';
  return `; the guardian ${given.says}`;
}
