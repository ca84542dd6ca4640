import type { Connection } from './connections.ts';

/** The proxy runs as this user, so that the rules let its own connections through. */
export const PROXY_UID = 10061;

/** Our probes run as this user: they meet what callers meet, and are not counted as one. */
export const PROBE_UID = 10062;

/** What the kernel can do for a lease, best first. */
export type Rung = 'nftables' | 'iptables';

/** New connections to a destination go to a port of the proxy. */
export interface Redirect {
  readonly edge: string;
  readonly address: string;
  readonly port: number;
  readonly listenPort: number;
}

/** New connections to a port of the proxy are refused until then, monotonic ms. */
export interface Refusal {
  readonly listenPort: number;
  readonly endsAtMs: number;
}

/** All that an agent wants of the kernel. */
export interface WantedRules {
  readonly redirects: readonly Redirect[];
  readonly refusals: readonly Refusal[];
  /** Connections that go past the agent: reset by what they carry next. */
  readonly stale: readonly Connection[];
}

/** An agent's packet rules, by one of the kernel's means. Everything leased ends by itself; nothing of others is touched. */
export interface PacketRules {
  readonly rung: Rung;
  /** Takes away what agents left that died in this namespace, and puts our own in the way, empty. */
  install(): Promise<void>;
  /** Replaces what is leased at one stroke; a refusal keeps its own end, and is left alone while that stays the same. */
  lease(wanted: WantedRules, leaseMs: number): Promise<void>;
  /** How many connections of callers each port of the proxy has refused, since `install`. */
  refused(): Promise<ReadonlyMap<number, number>>;
  remove(): Promise<void>;
}
