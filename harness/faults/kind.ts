import type { z } from 'zod';
import type { Facts } from '../core/errors';
import type { ContainerInfo } from '../docker/containers';
import type { ProbeResult } from './agent/probe';
import type { ContainerUndo, FaultStats } from './agent/protocol';
import type { Signaller } from './signaller';
import type { ContainerTarget, EdgeTarget } from './targets';

/** What every kind says of itself. */
export interface AnyKind<Schema extends z.ZodType> {
  /** A noun, in lower case. */
  readonly kind: string;
  /** Everything that can be said of it: units in the names, defaults in the schema; made with `onEdge` or `ofContainers`. */
  readonly options: Schema;
  /** Kinds that make no sense on the same target at the same time. */
  readonly contradicts?: readonly string[];
  /** What it does, for people, to stand after "while": "payments → bank was 200 ms slow". `target` is the target's name. */
  readonly describe: (options: z.output<Schema>, target: string) => string;
}

/** A fault that an agent carries in the callers' network namespaces; the agent has a file of the same name in `agent/kinds/`. */
export interface EdgeKind<
  Schema extends z.ZodType<{ readonly on: EdgeTarget }>,
  Before = undefined,
> extends AnyKind<Schema> {
  readonly carriedBy: 'agent';
  /** Measures what the proof compares with, before anything is changed. */
  readonly before?: (edge: EdgeInForce<z.output<Schema>>) => Promise<Before>;
  /** Shows that callers feel it. @throws HarnessError `fault-did-not-bite` */
  readonly verifyApplied: (edge: EdgeInForce<z.output<Schema>>, before: Before) => Promise<Facts>;
  /** Shows that they do not any more. @throws HarnessError `fault-did-not-revert` */
  readonly verifyReverted: (edge: EdgeInForce<z.output<Schema>>, before: Before) => Promise<Facts>;
}

/** A fault that the Engine, or a signal from outside, puts on containers: each of these steps is done for each container. */
export interface ContainerKind<
  Schema extends z.ZodType<{ readonly of: ContainerTarget }>,
  State,
> extends AnyKind<Schema> {
  readonly carriedBy: 'engine';
  /** Containers of the target that start later get it too. Default false. */
  readonly follows?: boolean;
  /** Reads what must be known to put the container back, and changes nothing. What it returns may be changed by later steps. */
  readonly prepare: (container: ContainerFault<z.output<Schema>>) => Promise<State>;
  /** Tells the guardian what it would have to undo, then makes it so. */
  readonly apply: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<void>;
  /** @throws HarnessError `fault-did-not-bite` */
  readonly verifyApplied: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<Facts>;
  /** Makes it not so, also when `apply` failed half-way. Idempotent; a container that has gone is as good as reverted. Whether there was something to do. */
  readonly revert: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<boolean>;
  /** @throws HarnessError `fault-did-not-revert` */
  readonly verifyReverted: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<void>;
  /** Whether it still is so. Default: yes. */
  readonly isInForce?: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<boolean>;
}

/** What a probe of ours is to do; see `ProbeSpec`. */
export interface ProbeWish {
  readonly count: number;
  readonly warmUp?: number;
  /** Only open connections: also where no path is known. Default: ask for the callee's readiness. */
  readonly onlyConnect?: boolean;
  /** What the fault adds to an answer at most, ms. */
  readonly addedMs?: number;
}

/** A fault on edges, as the proof of its kind sees it. */
export interface EdgeInForce<Options> {
  /** The target's name. */
  readonly name: string;
  readonly options: Options;
  readonly signal: AbortSignal;
  /** Asks the callee from beside each caller. Nothing where no path to ask for is known. */
  probeEach(wish: ProbeWish): Promise<readonly ProbeResult[]>;
  /** What each agent says of the fault: its own account, probes included in its facts. */
  stats(): Promise<readonly FaultStats[]>;
}

/** One container under a fault, as the steps of its kind see it. */
export interface ContainerFault<Options> {
  readonly target: ContainerInfo;
  readonly options: Options;
  readonly project: string;
  readonly helperImage: string;
  /** The path that says whether the service answers, where it is managed. */
  readonly readiness: { readonly port: number; readonly path: string } | undefined;
  readonly signal: AbortSignal;
  readonly signaller: () => Promise<Signaller>;
  readonly guardian: {
    /** Undone by the guardian once the lease has ended, if nobody else has. Again with the same action: replaces. Forgotten after `revert`. */
    readonly willUndo: (action: ContainerUndo['action'], more?: Partial<ContainerUndo>) => Promise<void>;
  };
}
