import { otherSlot } from '../front/config';
import type { Front } from '../front/front';
import type { UndoKeeper } from '../faults/context';
import { wallIso } from '../core/clock';
import type { DeliveryPorts, Weights } from './ports';
import type { RevisionStore } from './revision-store';

export interface ShareLeaseOptions {
  readonly front: Front;
  /** Holds the leases. */
  readonly guardian: UndoKeeper;
  readonly revisions: RevisionStore;
}

/**
 * Sets a service's weights. What is not on the stable revision is leased: the guardian gives it back when this process dies, or is silent
 * for too long. Registered before it is applied; the switch to stable waits for nobody. Returns the routing's epoch.
 */
export async function setLeasedWeights(
  { front, guardian, revisions }: ShareLeaseOptions,
  weights: Weights,
): Promise<number> {
  const { service, state } = front;
  const id = `share of ${service}`;
  const stable = revisions.stable(service);
  const other = stable === undefined ? undefined : otherSlot(stable.slot);
  const candidate = other === undefined ? undefined : state.slots[other].label;
  const isShared = other !== undefined && weights[other] > 0;
  if (isShared && stable !== undefined && candidate !== undefined) {
    await guardian.register({ id, action: 'weights', service, stable: stable.label, candidate });
  }
  const epoch = await front.setWeights(weights);
  // A guardian that has gone has no lease to end, and its loss is told elsewhere.
  if (!isShared) await guardian.unregister(id).catch(() => undefined);
  return epoch;
}

/** Who took a candidate's share when its controller died, in words that follow a reason; empty when nobody did. */
export async function whoGaveBack(ports: DeliveryPorts, service: string, candidate: string): Promise<string> {
  const given = await ports.givenBack(service).catch(() => undefined);
  if (given?.candidate !== candidate) return '';
  return `; the guardian gave its ${given.weight} % back to ${given.stable} at ${wallIso(given.atMs)}, epoch ${given.epoch}`;
}
