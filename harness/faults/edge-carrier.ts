import { edgeName, type Edge } from '../contract/config';
import { monotonicMs } from '../core/clock';
import { isHarnessError, type Facts } from '../core/errors';
import { entryOf } from '../core/guards';
import { poll } from '../core/poll';
import type { Agent } from './agent';
import type { FaultStats } from './agent/protocol';
import type { ProbeResult } from './agent/probe';
import type { Carrier, FaultSelf } from './carrier';
import { destinationsOf } from './endpoints';
import type { Felt } from './fault';
import type { EdgeInForce, EdgeKind, ProbeWish } from './kind';
import { tryProbe } from './probe';
import { edgesOf, type EdgeTarget } from './targets';
import type { z } from 'zod';

/** How long connections that go past the agent may take to end where the kernel cannot reset them. */
const BYPASS_TIMEOUT_MS = 10_000;
/** How long an answer of the callee may take by itself. */
const PROBE_TIMEOUT_MS = 10_000;

/** An agent that has not been told of the fault yet. */
const NOTHING: FaultStats = { felt: 0, of: 0, unit: 'answers', facts: {} };

interface Slot {
  readonly agent: Agent;
  readonly edge: Edge;
}

/** Carries a fault on every agent of its edges, and on those that come later, for as long as its lease lasts. */
export class EdgeCarrier<Schema extends z.ZodType<{ readonly on: EdgeTarget }>, Before> implements Carrier {
  #edges: readonly Edge[] = [];
  #before: Before | undefined;
  /** From the moment when agents that come later must carry it too. */
  #isBiting = false;
  /** What agents said of it when they ended it, and those that have gone. */
  #ended: readonly FaultStats[] | undefined;

  constructor(
    private readonly kind: EdgeKind<Schema, Before>,
    private readonly options: z.output<Schema>,
    private readonly self: FaultSelf,
  ) {}

  async aim(): Promise<readonly string[]> {
    const { edges, pool } = this.self.context;
    this.#edges = edgesOf(this.options.on, edges);
    await pool.prepareMissing(this.#edges);
    return this.#edges.map(edgeName);
  }

  async apply(): Promise<Facts> {
    const { pool } = this.self.context;
    for (const edge of this.#edges) await pool.agentsOf(edge);
    this.#before = await this.kind.before?.(this.#view());
    this.#isBiting = true;
    // Read after that: a caller that came while it was measured is among them, or gets it when it is prepared.
    const slots = await this.#required();
    const startedMs = monotonicMs();
    await Promise.all(slots.map(({ agent, edge }) => this.#applyTo(agent, edge)));
    const tookMs = monotonicMs() - startedMs;
    const stats = await Promise.all(slots.map(({ agent, edge }) => agent.stats(edgeName(edge))));
    return {
      ...this.#agentOptions(),
      tookMs,
      callers: slots.map(({ caller }) => caller.name),
      bypassing: sum(stats.map(({ bypassing }) => bypassing)),
      reset: sum(stats.map(({ stale }) => stale)),
    };
  }

  async verifyApplied(): Promise<Facts> {
    const facts = await this.kind.verifyApplied(this.#view(), this.#before as Before);
    await this.#awaitNoBypass(() => this.#attached());
    return { ...facts, felt: await this.felt() };
  }

  async undo(): Promise<Facts> {
    // First: an agent that is prepared meanwhile must not turn it on again.
    this.#isBiting = false;
    const startedMs = monotonicMs();
    const ended = await Promise.all(this.#attached().map(({ agent }) => agent.faultOff(this.self.id)));
    const tookMs = monotonicMs() - startedMs;
    this.#ended = ended.filter((stats) => stats !== undefined);
    return { tookMs, ...mergeFacts(this.#ended) };
  }

  verifyReverted(): Promise<Facts> {
    return this.kind.verifyReverted(this.#view(), this.#before as Before);
  }

  /** Callers that have just restarted get their agents before this is answered. */
  async isInForce(): Promise<boolean> {
    if (this.#attached().length > 0) return true;
    return this.#required().then(
      () => true,
      () => false,
    );
  }

  async felt(): Promise<Felt> {
    const stats = this.#ended ?? (await this.#stats());
    return {
      felt: sum(stats.map(({ felt }) => felt)),
      of: sum(stats.map(({ of }) => of)),
      unit: stats[0]?.unit ?? 'answers',
    };
  }

  hasLostAgent(): boolean {
    return this.#edges.some((edge) => this.self.context.pool.hasLost(edge));
  }

  /**
   * Puts the fault on the agent of a caller that is new, or here again, while it is active. Where connections of that caller go on past
   * the agent, the fault fails: nobody waits for that, since the agent has other edges to be prepared for.
   */
  async onPrepared(agent: Agent, edge: Edge): Promise<void> {
    if (!this.#edges.some((own) => edgeName(own) === edgeName(edge))) return;
    await this.#applyTo(agent, edge);
    void this.#failOnBypass({ agent, edge });
  }

  /** Puts the fault on an agent, for the rest of the lease. */
  async #applyTo(agent: Agent, edge: Edge): Promise<void> {
    const { id, state, lease, context } = this.self;
    if (!this.#isBiting || state !== 'active' || lease.hasEnded) return;
    await agent.faultOn({
      ...{ id, kind: this.kind.kind, edge: edgeName(edge) },
      ...{ options: this.#agentOptions(), seed: context.seed, leaseMs: lease.remainingMs },
    });
  }

  /** The agent knows its edge and its lease already. */
  #agentOptions(): Facts {
    const { on: _on, leaseMs: _leaseMs, ...options } = this.options as Facts;
    return options;
  }

  async #failOnBypass(slot: Slot): Promise<void> {
    // An agent that has gone with its caller carries nothing that could go past it.
    const isCovered = () => this.#isBiting && this.self.state === 'active' && slot.agent.isAttached;
    try {
      await this.#awaitNoBypass(() => (isCovered() ? [slot] : []));
    } catch (error) {
      if (!isCovered() || this.self.context.signal.aborted || !isHarnessError(error)) return;
      this.self.fail(error.message);
      this.self.context.onFailure(error);
    }
  }

  /** The kernel redirects new connections only, and older ones are reset where it can: what goes on past the agent, the fault does not touch. */
  async #awaitNoBypass(slots: () => readonly Slot[]): Promise<void> {
    const { target, context } = this.self;
    let bypassing = 0;
    await poll(
      async () => {
        const stats = await Promise.all(slots().map(({ agent, edge }) => agent.stats(edgeName(edge))));
        bypassing = sum(stats.map((one) => one.bypassing));
        return bypassing === 0 ? true : undefined;
      },
      {
        condition: `no connection of ${target} goes past the fault`,
        timeoutMs: BYPASS_TIMEOUT_MS,
        signal: context.signal,
        code: 'fault-did-not-bite',
        describe: () => ({ edge: target, bypassing }),
        hint: 'Name the edge in `edges` of rollproof.config.ts: its agents then stand before the load.',
      },
    );
  }

  #view(): EdgeInForce<z.output<Schema>> {
    const { target, context } = this.self;
    return {
      ...{ name: target, options: this.options, signal: context.signal },
      probeEach: (wish) => this.#probeEach(wish),
      stats: () => this.#stats(),
    };
  }

  async #probeEach({ count, warmUp = 0, onlyConnect = false, addedMs = 0 }: ProbeWish): Promise<ProbeResult[]> {
    const { project, managed, signal, pool } = this.self.context;
    const probes = this.#edges.flatMap((edge) => {
      const path = onlyConnect ? undefined : entryOf(managed, edge.to)?.readiness;
      if (path === undefined && !onlyConnect) return [];
      return pool.attachedTo(edge).map(async ({ agent, caller }) => {
        const [destination] = await destinationsOf(project, edge, managed, caller);
        if (destination === undefined) return undefined;
        const timeoutMs = PROBE_TIMEOUT_MS + addedMs;
        const asked = path === undefined ? {} : { path };
        return tryProbe(agent, { ...destination, ...asked, count, intervalMs: 0, warmUp, timeoutMs }, signal);
      });
    });
    return (await Promise.all(probes)).filter((result) => result !== undefined);
  }

  async #stats(): Promise<FaultStats[]> {
    const stats = await Promise.all(this.#attached().map(({ agent, edge }) => agent.stats(edgeName(edge))));
    return stats.map(({ faults }) => faults[this.self.id] ?? NOTHING);
  }

  async #required() {
    const found = this.#edges.map(async (edge) =>
      (await this.self.context.pool.agentsOf(edge)).map((slot) => ({ ...slot, edge })),
    );
    return (await Promise.all(found)).flat();
  }

  #attached() {
    return this.#edges.flatMap((edge) => this.self.context.pool.attachedTo(edge).map((slot) => ({ ...slot, edge })));
  }
}

/** Sums over agents, but for maxima. */
export function mergeFacts(stats: readonly FaultStats[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const [name, value] of stats.flatMap(({ facts }) => Object.entries(facts))) {
    const before = merged[name];
    merged[name] = before === undefined ? value : name.endsWith('Max') ? Math.max(before, value) : before + value;
  }
  return merged;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
