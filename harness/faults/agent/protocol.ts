/** Where a callee listens, as seen from the caller's network namespace. */
export interface Destination {
  readonly address: string;
  readonly port: number;
}

/** What a latency fault does to the chunks of one edge. */
export interface LatencySpec {
  readonly fault: string;
  readonly edge: string;
  readonly delayMs: number;
  /** Largest deviation from `delayMs`, either way. */
  readonly jitterMs: number;
  readonly seed: string;
  /** The fault ends by itself after this long. */
  readonly leaseMs: number;
}

/** What an agent carried on one edge since it was attached. */
export interface EdgeStats {
  readonly connections: number;
  readonly open: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly delayedChunks: number;
  readonly delayedMs: number;
  /** Largest lateness of a delayed chunk against its moment. */
  readonly lateMsMax: number;
  readonly dialFailures: number;
  /** Connections older than the agent, still open: no fault reaches them. */
  readonly bypassing: number;
}

/** What the harness asks of an agent. */
export type AgentRequest =
  | { readonly op: 'beat' }
  | { readonly op: 'prepare'; readonly edge: string; readonly destinations: readonly Destination[] }
  | ({ readonly op: 'latency-on' } & LatencySpec)
  | { readonly op: 'latency-off'; readonly fault: string }
  | { readonly op: 'stats'; readonly edge: string }
  | { readonly op: 'leave' };

/** What the supervisor asks of its proxy. */
export type ProxyRequest =
  | { readonly op: 'listen'; readonly edge: string; readonly destinations: readonly Destination[] }
  | ({ readonly op: 'latency-on' } & LatencySpec)
  | { readonly op: 'latency-off'; readonly fault: string }
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
}

export type Undo = ContainerUndo | ShareUndo;

/** `ephemeral` stacks are swept whole when the harness dies; `kept` ones stay, without faults. */
export type GuardianMode = 'ephemeral' | 'kept';

/** What the harness tells the guardian. */
export type GuardianRequest =
  | { readonly op: 'beat' }
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
  readonly event: 'ready' | 'expired' | 'failed' | 'leaving' | 'undone' | 'removed' | 'log';
  readonly id?: string;
  readonly reason?: string;
}

/** An answer, matched by `n`. */
export interface Reply {
  readonly n: number;
  readonly error?: string;
  readonly result?: unknown;
}
