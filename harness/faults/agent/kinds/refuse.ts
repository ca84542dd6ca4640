import type { AgentKind } from './kind.ts';

/** The callee's port is closed, as when its process has died. */
export const refuse: AgentKind = { kind: 'refuse', counts: 'connections', refuses: true };
