import type { GivenBack } from '../../front/state';
import type { LeaseTerms, Weights } from '../ports';
import { otherSlot, type Revision } from '../revisions/revision';
import type { FakeWorld } from './fake-world';

/** Holds the lease of a candidate's share in a fake world, and gives the share back when its controller dies. */
export class FakeGuardian {
  /** The share that it gave back last. */
  given: GivenBack | undefined;
  #lease: { readonly stable: Revision; readonly candidate: string; readonly terms: LeaseTerms } | undefined;

  constructor(private readonly world: FakeWorld) {}

  /** Whether it waits for its controller's death with anything to give back. */
  get hasLease(): boolean {
    return this.#lease !== undefined;
  }

  /** Knows what another one does. */
  inherit(other: FakeGuardian): void {
    this.given = other.given;
    this.#lease = other.#lease;
  }

  /** What is not on stable is leased, before it is given. */
  lease(weights: Weights, terms: LeaseTerms): void {
    const stable = this.world.store.stable(this.world.service);
    const other = stable === undefined ? undefined : otherSlot(stable.slot);
    const candidate = other === undefined ? undefined : this.world.slots[other].label;
    if (stable === undefined || other === undefined) return;
    this.#lease = weights[other] === 0 || candidate === undefined ? undefined : { stable, candidate, terms };
  }

  /** Something of stable is about to be stopped for a candidate. */
  leaseStable({ label: candidate }: Revision, terms: LeaseTerms): void {
    const stable = this.world.store.stable(this.world.service);
    if (stable !== undefined) this.#lease = { stable, candidate, terms };
  }

  endLease(): void {
    this.#lease = undefined;
  }

  /** The controller is dead, or silent for too long. */
  takeOver(): void {
    const { world } = this;
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    const { stable, candidate, terms } = lease;
    if (terms.takesTurns === true) return this.#takeTurn(stable, candidate);
    const weight = world.share(candidate);
    const slot = world.slots[stable.slot];
    const isPromoted = world.share(stable.label) === 0 && slot.state !== 'ready';
    if (slot.label !== stable.label || isPromoted) return;
    if (terms.replicas !== undefined) world.startReplicas(stable.label);
    if (weight === 0) return;
    // Capacity before traffic.
    world.startReplicas(stable.label);
    if (!world.lives(stable.label)) return;
    slot.state = 'ready';
    world.weights = stable.slot === 'blue' ? { blue: 100, green: 0 } : { blue: 0, green: 100 };
    world.epoch += 1;
    this.given = { stable: stable.label, candidate, weight, epoch: world.epoch, atMs: world.nowMs };
  }

  /** The candidate goes, then stable comes. */
  #takeTurn(stable: Revision, candidate: string): void {
    const { world } = this;
    const weight = world.share(candidate);
    const other = world.slots[otherSlot(stable.slot)];
    const wasServing = world.slots[stable.slot].state === 'ready' && weight === 0;
    if (other.label === candidate) other.state = 'maint';
    world.stopReplicas(candidate);
    world.startReplicas(stable.label);
    world.slots[stable.slot].state = 'ready';
    world.weights = stable.slot === 'blue' ? { blue: 100, green: 0 } : { blue: 0, green: 100 };
    if (wasServing) return;
    world.epoch += 1;
    this.given = { stable: stable.label, candidate, weight, epoch: world.epoch, atMs: world.nowMs };
  }
}
