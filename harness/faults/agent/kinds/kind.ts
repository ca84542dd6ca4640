import type { Alarm } from '../alarm.ts';
import type { FaultSpec } from '../protocol.ts';

/** What a connection carries one way: bytes, and then its end. */
export type Item = Buffer | 'end';

/** One fault on one direction of one connection. */
export interface Stage {
  /** Takes the next item; gives it on, changed or later, by `give`. */
  push(item: Item): void;
  /** The fault has ended: gives on what it holds, in order. */
  flush(): void;
  /** The connection has ended: drops what it holds. */
  clear(): void;
  readonly heldBytes: number;
}

/** What a stage works with. */
export interface StageContext {
  readonly fault: FaultSpec;
  /** Number of the connection on its edge, from 0: decisions hash it, never a moment. */
  readonly connection: number;
  readonly alarm: Alarm;
  /** To the next fault of the chain, or to the other side. */
  readonly give: (item: Item) => void;
  /** The caller feels the fault by what is given on: its answer (or its connection) is counted. */
  readonly touch: () => void;
  /** Resets the connection, both sides. */
  readonly reset: () => void;
  /** What the kind counts, over all connections. */
  readonly facts: Record<string, number>;
}

/** A kind of fault as an agent carries it: a file of this folder, and an entry in `list.ts`. */
export interface AgentKind {
  readonly kind: string;
  /** What is counted as felt. */
  readonly counts: 'answers' | 'connections';
  /** In the way of what the callee answers. */
  readonly down?: (context: StageContext) => Stage;
  /** In the way of what the caller sends. */
  readonly up?: (context: StageContext) => Stage;
  /** The kernel refuses new connections, and open ones are reset. */
  readonly refuses?: true;
}
