import { bypassing, socketTables, type Connection } from './connections.ts';
import type { AgentKind } from './kinds/kind.ts';
import { PROXY_UID, type PacketRules, type Redirect, type Refusal, type Rung } from './packet-rules.ts';
import type { Destination, EdgeStats, FaultSpec, FaultStats } from './protocol.ts';
import type { ProxyProcess } from './proxy-process.ts';

interface KnownFault {
  readonly spec: FaultSpec;
  readonly kind: AgentKind;
  readonly endsAtMs: number;
  /** What the ports of its edge had refused before it began. */
  readonly refusedBefore: ReadonlyMap<number, number>;
  hasEnded: boolean;
}

/** The way of an edge's connections into the proxy: which are led there, which are refused, and which go past it. */
export class Passage {
  readonly #rules: PacketRules;
  readonly #proxy: ProxyProcess;
  readonly #leaseMs: number;
  readonly #edges = new Map<string, readonly Destination[]>();
  readonly #faults = new Map<string, KnownFault>();
  readonly #stale = new Map<string, Connection & { readonly edge: string }>();
  #redirects: readonly Redirect[] = [];
  #isClosed = false;
  /** Packet rules are changed by one at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(rules: PacketRules, proxy: ProxyProcess, leaseMs: number) {
    this.#rules = rules;
    this.#proxy = proxy;
    this.#leaseMs = leaseMs;
  }

  get rung(): Rung {
    return this.#rules.rung;
  }

  /** New connections of the edge to these addresses pass through from now on; others no longer do. */
  async prepare(options: {
    readonly edge: string;
    readonly destinations: readonly Destination[];
    readonly takesOver: boolean;
  }): Promise<void> {
    const { edge, destinations, takesOver } = options;
    this.#edges.set(edge, destinations);
    this.#redirects = (await this.#proxy.request({ op: 'listen', edge, destinations })) as Redirect[];
    // Before their connections are looked for: none may come past afterwards.
    await this.#lease();
    if (takesOver) await this.#takeOver(edge);
  }

  /** Resolves with what is left of its lease: that counts from now, however long the rules take. */
  async faultBegins(spec: FaultSpec, kind: AgentKind): Promise<number> {
    const endsAtMs = performance.now() + spec.leaseMs;
    const refusedBefore = kind.refuses === true ? await this.#rules.refused() : new Map<number, number>();
    const known = this.#faults.get(spec.id)?.refusedBefore;
    this.#faults.set(spec.id, { spec, kind, endsAtMs, refusedBefore: known ?? refusedBefore, hasEnded: false });
    await this.#takeOver(spec.edge);
    if (kind.refuses === true) await this.#lease();
    const leftMs = endsAtMs - performance.now();
    if (leftMs > 0) return leftMs;
    await this.faultEnds(spec.id, undefined);
    throw new Error(`its lease of ${spec.leaseMs} ms was over before it began: this machine is too busy`);
  }

  /** Its lease has: the harness comes for what was felt. */
  faultEnded(id: string): void {
    const fault = this.#faults.get(id);
    if (fault !== undefined) fault.hasEnded = true;
  }

  async faultEnds(id: string, felt: unknown): Promise<FaultStats | undefined> {
    const fault = this.#faults.get(id);
    if (fault === undefined) return undefined;
    this.#faults.delete(id);
    // Counted once nothing is refused any more: else the last ones would be missing.
    if (fault.kind.refuses === true) await this.#lease();
    return this.#felt(fault, felt as FaultStats | undefined);
  }

  async stats(edge: string): Promise<EdgeStats> {
    const stats = (await this.#proxy.request({ op: 'stats', edge })) as Omit<EdgeStats, 'bypassing' | 'stale'>;
    const past = await this.#goingPast(edge);
    const faults: Record<string, FaultStats> = {};
    for (const fault of this.#faults.values()) {
      const { id } = fault.spec;
      if (fault.spec.edge === edge) faults[id] = await this.#felt(fault, stats.faults[id]);
    }
    const stale = past.filter((one) => this.#stale.has(keyOf(one))).length;
    return { ...stats, faults, stale, bypassing: past.length - stale };
  }

  async renew(): Promise<void> {
    if (this.#redirects.length === 0) return;
    await this.#forgetClosed();
    for (const { spec, hasEnded } of this.#faults.values()) if (!hasEnded) await this.#mark(spec.edge);
    await this.#lease();
  }

  /** Takes the rules away. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn.catch(() => undefined);
    await this.#rules.remove();
  }

  /** Connections that go past the proxy are reset by what they carry next: their callers come again, through it. */
  async #takeOver(edge: string): Promise<void> {
    if (await this.#mark(edge)) await this.#lease();
  }

  async #mark(edge: string): Promise<boolean> {
    const past = await this.#goingPast(edge);
    const fresh = past.filter((one) => !this.#stale.has(keyOf(one)));
    for (const one of fresh) this.#stale.set(keyOf(one), { ...one, edge });
    return fresh.length > 0;
  }

  /** A port that is used again must not be taken for the connection that had it before. */
  async #forgetClosed(): Promise<void> {
    for (const edge of new Set([...this.#stale.values()].map((one) => one.edge))) {
      const open = new Set((await this.#goingPast(edge)).map(keyOf));
      for (const [key, one] of this.#stale) if (one.edge === edge && !open.has(key)) this.#stale.delete(key);
    }
  }

  async #goingPast(edge: string): Promise<Connection[]> {
    const before = socketTables();
    await new Promise((resolve) => setImmediate(resolve));
    const listenPorts = this.#redirects.map(({ listenPort }) => listenPort);
    const destinations = this.#edges.get(edge) ?? [];
    return bypassing(destinations, { listenPorts, proxyUid: PROXY_UID, before, now: socketTables() });
  }

  async #felt(fault: KnownFault, proxied: FaultStats | undefined): Promise<FaultStats> {
    const seen = proxied ?? { felt: 0, of: 0, unit: fault.kind.counts, facts: {} };
    if (fault.kind.refuses !== true) return seen;
    const now = await this.#rules.refused();
    const ports = this.#redirects.filter(({ edge }) => edge === fault.spec.edge).map(({ listenPort }) => listenPort);
    const refused = ports.reduce((sum, port) => sum + (now.get(port) ?? 0) - (fault.refusedBefore.get(port) ?? 0), 0);
    return { ...seen, felt: seen.felt + refused, of: seen.of + refused };
  }

  #refusals(): Refusal[] {
    const now = performance.now();
    const ends = new Map<string, number>();
    for (const { spec, kind, endsAtMs, hasEnded } of this.#faults.values()) {
      if (kind.refuses === true && !hasEnded) ends.set(spec.edge, Math.max(ends.get(spec.edge) ?? 0, endsAtMs));
    }
    return this.#redirects.flatMap(({ edge, listenPort }) => {
      const endsAtMs = ends.get(edge) ?? 0;
      return endsAtMs > now ? [{ listenPort, endsAtMs }] : [];
    });
  }

  #lease(): Promise<void> {
    this.#turn = this.#turn
      .catch(() => undefined)
      .then(() => {
        if (this.#isClosed) return;
        const { rules, redirects, stale } = { rules: this.#rules, redirects: this.#redirects, stale: this.#stale };
        return rules.lease({ redirects, refusals: this.#refusals(), stale: [...stale.values()] }, this.#leaseMs);
      });
    return this.#turn;
  }
}

function keyOf({ address, port, localPort }: Connection): string {
  return `${address}:${port} ${localPort}`;
}
