import type { Edge } from '../contract/config';
import type { Facts } from '../core/errors';
import type { ContainerEvent } from '../docker/events';
import type { Agent } from './agent';
import type { FaultContext } from './context';
import type { FaultState, Felt } from './fault';
import type { Lease } from './lease';

/** A fault to be injected: a kind with its options, checked. */
export interface FaultValue {
  readonly kind: string;
  readonly target: string;
  /** What it does, for people. */
  readonly what: string;
  readonly carriedBy: 'agent' | 'engine';
  readonly contradicts: readonly string[];
  /** Default: who injects it decides. */
  readonly leaseMs: number | undefined;
  /** What puts it there and takes it away. */
  readonly carrier: (self: FaultSelf) => Carrier;
}

/** What puts a fault on its target, shows that it is there, and takes it away. */
export interface Carrier {
  /**
   * Resolves the target, and changes nothing that anybody feels. Returns where the fault is to be (edges, services, container ids): two faults
   * share a target if they share one. @throws HarnessError `fault-no-targets`
   */
  aim(): Promise<readonly string[]>;
  /** Makes it so. Returns facts for the journal. */
  apply(): Promise<Facts>;
  /** Measures that it is so. @throws HarnessError `fault-did-not-bite` */
  verifyApplied(): Promise<Facts>;
  /** Makes it not so, also when `apply` failed half-way. Idempotent. */
  undo(): Promise<Facts>;
  /** Measures that it is not so. @throws HarnessError `fault-did-not-revert` */
  verifyReverted(): Promise<Facts>;
  /** Whether what carries it is still there. */
  isInForce(): Promise<boolean>;
  /** What was felt of it until now, or until it was undone. */
  felt(): Promise<Felt>;
  /** An agent carries this edge of a caller now, for the first time or again. */
  onPrepared?(agent: Agent, edge: Edge): Promise<void>;
  /** Something happened to a container of the project. */
  onContainerEvent?(event: ContainerEvent): void;
  /** Whether it rests on an agent that has died. */
  hasLostAgent?(): boolean;
}

/** A fault, as what carries it sees it. */
export interface FaultSelf {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly lease: Lease;
  readonly context: FaultContext;
  readonly state: FaultState;
  /** It is no more what it says. */
  fail(reason: string): void;
}
