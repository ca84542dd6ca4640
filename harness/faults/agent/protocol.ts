/** Where a callee listens, as seen from the caller's network namespace. */
export interface Destination {
  readonly address: string;
  readonly port: number;
}

/** A fault as an agent is told of it. What its options mean is its kind's affair: see `kinds/`. */
export interface FaultSpec {
  readonly id: string;
  readonly kind: string;
  readonly edge: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: string;
  /** The fault ends by itself after this long. */
  readonly leaseMs: number;
}

/** What a caller felt of a fault, by its own traffic; our probes do not count. */
export interface FaultStats {
  /** Answers, or connections, that the fault touched … */
  readonly felt: number;
  /** … of so many that there were while it was on. */
  readonly of: number;
  readonly unit: 'answers' | 'connections';
  /** What else the kind counts, such as `delayedChunks`. Names that end in `Max` are maxima, others sums. */
  readonly facts: Readonly<Record<string, number>>;
}

/** What an agent carried on one edge since it was attached. */
export interface EdgeStats {
  readonly connections: number;
  readonly open: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly dialFailures: number;
  /** Connections that go past the agent, and go on: no fault reaches them. */
  readonly bypassing: number;
  /** Connections that went past the agent: what they carry next resets them. */
  readonly stale: number;
  /** The active faults of the edge, by id. */
  readonly faults: Readonly<Record<string, FaultStats>>;
}

/** What the harness asks of an agent. */
export type AgentRequest =
  | { readonly op: 'beat' }
  | {
      readonly op: 'prepare';
      readonly edge: string;
      readonly destinations: readonly Destination[];
      /** Reset connections that are older than the agent, so that callers come again through it. */
      readonly takesOver: boolean;
    }
  | ({ readonly op: 'fault-on' } & FaultSpec)
  | { readonly op: 'fault-off'; readonly id: string }
  | { readonly op: 'stats'; readonly edge: string }
  | { readonly op: 'leave' };

/** What the supervisor asks of its proxy. */
export type ProxyRequest =
  | { readonly op: 'listen'; readonly edge: string; readonly destinations: readonly Destination[] }
  | ({ readonly op: 'fault-on' } & FaultSpec)
  | { readonly op: 'fault-off'; readonly id: string }
  | { readonly op: 'stats'; readonly edge: string }
  | { readonly op: 'drain' };

/** How a container is put back as it was. */
export interface ContainerUndo {
  readonly id: string;
  readonly container: string;
  readonly action: 'start' | 'unpause' | 'restart-policy';
  /** With `start`: the death (the Engine's `FinishedAt`) that is undone; one that died again later is left as it is. Default: any. */
  readonly finishedAt?: string;
  /** With `restart-policy`: what to restore. */
  readonly restartPolicy?: { readonly Name: string; readonly MaximumRetryCount: number };
}

/**
 * How the share of a candidate ends: all traffic goes to the revision that is stable, which is started first where it does not run. Nothing
 * is done once the front's slots or weights say that somebody else has decided.
 */
export interface ShareUndo {
  readonly id: string;
  readonly action: 'weights';
  /** The managed service, whose front it is. */
  readonly service: string;
  /** Labels of the revisions, such as `orders-r1`: who gets everything, and whose share ends. */
  readonly stable: string;
  readonly candidate: string;
  /**
   * The two never run at once: the candidate is stopped before stable is started. Stable was stopped to make room, and is brought back
   * whatever the weights say. Default false.
   */
  readonly takesTurns?: boolean;
  /**
   * Stable's replicas were stopped one by one: what does not run of it is started, and so many are usable before it gets everything; fewer
   * only once they have had their time. Default: one, and nothing is started while one is usable.
   */
  readonly replicas?: number;
}

/**
 * How the consumers of a candidate end: its containers are stopped, and those of the stable revision started. Nobody routes anything to a
 * worker, so that whoever runs consumes.
 */
export interface ConsumerUndo extends Omit<ShareUndo, 'action'> {
  readonly action: 'consumers';
}

export type Undo = ContainerUndo | ShareUndo | ConsumerUndo;

/** `ephemeral` stacks are swept whole when the harness dies; `kept` ones stay, without faults. */
export type GuardianMode = 'ephemeral' | 'kept';

/** What the harness tells the guardian. */
export type GuardianRequest =
  | { readonly op: 'beat' }
  /** The stack is up and is to stay: from now on the mode is `kept`. */
  | { readonly op: 'keep' }
  /** Without `leaseMs` it lasts as long as the heart-beats do. */
  | { readonly op: 'register'; readonly undo: Undo; readonly leaseMs?: number }
  | { readonly op: 'unregister'; readonly id: string }
  | { readonly op: 'stop' };

/** Kills one process of one container, by its pid on the host. */
export interface SignalRequest {
  readonly op: 'kill';
  readonly pid: number;
  readonly containerId: string;
}

/** Something that happened without being asked for. */
export interface HelperEvent {
  readonly event: 'ready' | 'expired' | 'failed' | 'leaving' | 'undone' | 'removed' | 'log' | 'starved';
  readonly id?: string;
  readonly reason?: string;
  /** With `starved`: how many times longer than on an idle machine work takes in a container. */
  readonly slowdown?: number;
}

/** An answer, matched by `n`. */
export interface Reply {
  readonly n: number;
  readonly error?: string;
  readonly result?: unknown;
}
