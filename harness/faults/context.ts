import type { Edge, ManagedService } from '../contract/config';
import type { HarnessError } from '../core/errors';
import type { Journal } from '../contract/journal';
import type { AgentPool } from './agent-pool';
import type { GuardedUndo } from './guardian';
import type { Signaller } from './signaller';

/** What a fault needs of the guardian. */
export interface UndoKeeper {
  register(undo: GuardedUndo): Promise<void>;
  unregister(id: string): Promise<void>;
}

/** What a fault works with. */
export interface FaultContext {
  readonly project: string;
  readonly helperImage: string;
  /** Edges that the configuration declares. */
  readonly edges: readonly Edge[];
  readonly managed: Readonly<Record<string, ManagedService>>;
  readonly journal: Journal;
  readonly guardian: UndoKeeper;
  readonly pool: AgentPool;
  readonly seed: string;
  readonly signal: AbortSignal;
  signaller(): Promise<Signaller>;
  /** A fault broke while nobody was waiting for it. */
  onFailure(error: HarnessError): void;
}
