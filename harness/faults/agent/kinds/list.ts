import type { AgentKind } from './kind.ts';
import { latency } from './latency.ts';
import { refuse } from './refuse.ts';

/** Every kind that an agent carries. */
const KINDS: readonly AgentKind[] = [latency, refuse];

/** @throws Error for one that this image does not know */
export function agentKind(name: string): AgentKind {
  const found = KINDS.find(({ kind }) => kind === name);
  if (found !== undefined) return found;
  throw new Error(`no fault of kind ${name}: this agent carries ${KINDS.map(({ kind }) => kind).join(', ')}`);
}
