import { z } from 'zod';
import { callable } from './callable';
import type { Immutable } from './immutable';

/** How a configuration's own functions reach the stack. */
export interface StackAccess {
  /** The loopback address where a service's container port is published. */
  readonly endpoint: (service: string, port: number) => Promise<{ readonly host: string; readonly port: number }>;
}

/** A side effect of what may run once, under the fencing token that its writer held. */
export interface FencedEffect {
  readonly token: number;
  /** Whoever took the token: one start of one consumer. */
  readonly holder: string;
}

const keysInStack = callable<(access: StackAccess) => Promise<readonly string[]>>();

/** What `reconcile` needs to hold the ledger against what the stack stored. Keys are `RequestSpec.key`s. */
export const reconciliation = z.strictObject({
  /** The kind of request whose 2xx answers must be stored. */
  acknowledgedBy: z.string(),
  /** The keys stored, one an entry, doubles included. */
  stored: keysInStack,
  /** Side effects by name (such as charges): each must belong to a stored key, and stand once. */
  effects: z.record(z.string(), keysInStack).optional(),
  /** Side effects that every stored key has in the end, and once, as what a worker does with a message. */
  owed: z.record(z.string(), keysInStack).optional(),
  /**
   * Side effects of singletons by name, in the order in which they were written. None may come after one with a higher token, and no token may
   * have two holders: https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html.
   */
  fenced: z.record(z.string(), callable<(access: StackAccess) => Promise<readonly FencedEffect[]>>()).optional(),
});
export type Reconciliation = Immutable<z.infer<typeof reconciliation>>;
