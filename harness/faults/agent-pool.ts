import { edgeName, type Edge, type ManagedService } from '../contract/config';
import { HarnessError, errorMessage, hasCode, runAll } from '../core/errors';
import { inspectContainer, type ContainerInfo } from '../docker/containers';
import type { ContainerEvent } from '../docker/events';
import type { Rung } from './agent/packet-rules';
import type { EdgeStats, HelperEvent } from './agent/protocol';
import { Agent } from './agent';
import { callersOf, destinationsOf, runsUserCode } from './endpoints';

export interface AgentPoolOptions {
  readonly project: string;
  readonly helperImage: string;
  readonly managed: Readonly<Record<string, ManagedService>>;
  /** Packet rules' lease and rung, and heart-beat grace of the agents; see `AgentContainerOptions`. */
  readonly ruleLeaseMs?: number;
  readonly graceMs?: number;
  readonly packetRules?: Rung;
  /** An edge of a caller passes through an agent now, for the first time or again. */
  readonly onPrepared: (agent: Agent, caller: ContainerInfo, edge: Edge, stats: EdgeStats) => Promise<void>;
  readonly onEvent: (event: HelperEvent, targetId: string) => void;
  readonly onFailure: (error: HarnessError) => void;
}

const NO_CALLER_HINT = 'Check `edges` in rollproof.config.ts; the caller must be running when its edge is prepared.';

interface Slot {
  readonly agent: Agent;
  readonly caller: ContainerInfo;
}

/** One agent beside each container that calls on an edge, kept there through restarts and rollouts. */
export class AgentPool implements AsyncDisposable {
  readonly #edges = new Map<string, Edge>();
  readonly #slots = new Map<string, Slot>();
  /** What is done to one caller is done in order. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(private readonly options: AgentPoolOptions) {}

  /** As {@link prepare}, for those edges that have no agents, or have lost them. */
  async prepareMissing(edges: readonly Edge[]): Promise<void> {
    const missing = edges.filter((edge) => !this.isPrepared(edge));
    if (missing.length > 0) await this.prepare(missing);
  }

  /**
   * Puts an agent beside every running caller of these edges; returns once their new connections pass through. With `takesOver`, older ones
   * are reset by what they carry next.
   * @throws HarnessError `fault-no-targets`, `edge-port-unknown`, `helper-…`
   */
  async prepare(edges: readonly Edge[], takesOver = false): Promise<void> {
    const callers = new Map<string, ContainerInfo>();
    for (const edge of edges) {
      const found = await callersOf(this.options.project, edge.from);
      if (found.length === 0) {
        throw new HarnessError('fault-no-targets', {
          message: `edge ${edgeName(edge)}: no container of ${edge.from} is running`,
          facts: { edge: edgeName(edge), project: this.options.project },
          hint: NO_CALLER_HINT,
        });
      }
      for (const caller of found) {
        await destinationsOf(this.options.project, edge, this.options.managed, caller);
        callers.set(caller.id, caller);
      }
    }
    for (const edge of edges) this.#edges.set(edgeName(edge), edge);
    try {
      await Promise.all([...callers.keys()].map((id) => this.#inTurn(id, () => this.#ensure(id, takesOver))));
    } catch (error) {
      // Whoever asks next tries again, and is not told that nothing runs.
      for (const edge of edges) this.#edges.delete(edgeName(edge));
      throw error;
    }
  }

  /** Whether its callers had their agents, and none of these has died since. */
  isPrepared(edge: Edge): boolean {
    const slots = [...this.#slots.values()].filter(({ caller }) => callsOn(edge, caller));
    return this.#edges.has(edgeName(edge)) && !slots.some(({ agent }) => agent.isLost);
  }

  /**
   * The agents of an edge as it is now.
   * @throws HarnessError `fault-no-targets`, `agent-died`
   */
  async agentsOf(edge: Edge): Promise<readonly Slot[]> {
    await Promise.all(this.#turns.values());
    const slots = [...this.#slots.values()].filter(({ caller }) => callsOn(edge, caller));
    const lost = slots.find(({ agent }) => !agent.isAttached);
    if (lost !== undefined) {
      throw new HarnessError('agent-died', {
        message: `edge ${edgeName(edge)}: the agent beside ${lost.caller.name} has died`,
        facts: { edge: edgeName(edge), agent: lost.agent.containerId },
      });
    }
    if (slots.length > 0) return slots;
    throw new HarnessError('fault-no-targets', {
      message: `edge ${edgeName(edge)}: no container of ${edge.from} is running`,
      facts: { edge: edgeName(edge) },
      hint: NO_CALLER_HINT,
    });
  }

  /** Whether an agent of this edge has died. */
  hasLost(edge: Edge): boolean {
    return [...this.#slots.values()].some(({ agent, caller }) => !agent.isAttached && callsOn(edge, caller));
  }

  /** The agents of an edge that still work; for reverting, where nothing is required. */
  attachedTo(edge: Edge): readonly Slot[] {
    return [...this.#slots.values()].filter(({ agent, caller }) => agent.isAttached && callsOn(edge, caller));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the fault injector is closing'));
    await Promise.all(this.#turns.values());
    const slots = [...this.#slots.values()];
    this.#slots.clear();
    const results = await Promise.allSettled(slots.map(({ agent }) => agent.leave()));
    await runAll(
      results.map(
        (result) => async () => (result.status === 'rejected' ? Promise.reject(result.reason as Error) : undefined),
      ),
    );
  }

  /** To be told of everything that happens to a container of the project. */
  onContainerEvent(event: ContainerEvent): void {
    if (event.role === 'agent') {
      if (event.action !== 'die') return;
      const slot = [...this.#slots.values()].find(({ agent }) => agent.containerId === event.containerId);
      void slot?.agent.died();
      return;
    }
    const edges = [...this.#edges.values()];
    if (runsUserCode(event.role) && edges.some((edge) => callsOn(edge, event))) {
      if (event.action === 'start') this.#later(event.containerId, () => this.#ensure(event.containerId));
      if (event.action === 'die') this.#later(event.containerId, () => this.#drop(event.containerId));
    }
    const called = edges.filter(({ to }) => to === event.service || to === event.composeService);
    if (event.action !== 'start' || called.length === 0) return;
    for (const [id, { caller }] of this.#slots) {
      if (called.some((edge) => callsOn(edge, caller))) this.#later(id, () => this.#ensure(id));
    }
  }

  /** Beside this caller, in its present network namespace, an agent that carries all its edges. */
  async #ensure(callerId: string, takesOver = false): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const caller = await inspectContainer(callerId);
    if (caller?.state !== 'running') return this.#drop(callerId);
    let slot = this.#slots.get(callerId);
    // A restart under the same id has a new network namespace: the old agent sits in a dead one. Of a lost agent everybody has been told,
    // and the faults that it carried have failed.
    if (slot !== undefined && (slot.caller.startedAt !== caller.startedAt || slot.agent.isLost)) {
      await this.#drop(callerId);
      slot = undefined;
    }
    if (slot === undefined) {
      slot = { caller, agent: await this.#attach(caller) };
      this.#slots.set(callerId, slot);
    }
    if (!slot.agent.isAttached) return;
    for (const edge of this.#edges.values()) {
      if (!callsOn(edge, caller)) continue;
      const destinations = await this.#destinations(edge, caller);
      const stats = await slot.agent.prepare(edgeName(edge), destinations, takesOver);
      await this.options.onPrepared(slot.agent, caller, edge, stats);
    }
  }

  #attach(caller: ContainerInfo): Promise<Agent> {
    const { project, helperImage, ruleLeaseMs, graceMs, packetRules } = this.options;
    return Agent.attach({
      project,
      helperImage,
      targetId: caller.id,
      ...(ruleLeaseMs === undefined ? {} : { ruleLeaseMs }),
      ...(graceMs === undefined ? {} : { graceMs }),
      ...(packetRules === undefined ? {} : { packetRules }),
      onEvent: (event) => this.options.onEvent(event, caller.id),
      onLost: (error) => this.options.onFailure(error),
    });
  }

  /** A callee that is down at this moment has no address; its start brings us here again. */
  async #destinations(edge: Edge, caller: ContainerInfo) {
    try {
      return await destinationsOf(this.options.project, edge, this.options.managed, caller);
    } catch (error) {
      if (hasCode(error, 'fault-no-targets')) return [];
      throw error;
    }
  }

  async #drop(callerId: string): Promise<void> {
    const slot = this.#slots.get(callerId);
    this.#slots.delete(callerId);
    await slot?.agent.discard();
  }

  #later(callerId: string, action: () => Promise<void>): void {
    this.#inTurn(callerId, action).catch(async (cause: unknown) => {
      // A caller that has died meanwhile needs no agent: that is no failure.
      const caller = await inspectContainer(callerId).catch(() => undefined);
      if (this.#closing.signal.aborted || caller?.state !== 'running') return;
      this.options.onFailure(
        new HarnessError('agent-attach-failed', {
          message: `no agent beside ${caller.name}: ${errorMessage(cause)}`,
          facts: { caller: caller.name, project: this.options.project },
          cause,
        }),
      );
    });
  }

  #inTurn(callerId: string, action: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(callerId) ?? Promise.resolve()).then(action);
    const settled = turn.catch(() => undefined);
    this.#turns.set(callerId, settled);
    void settled.then(() => {
      if (this.#turns.get(callerId) === settled) this.#turns.delete(callerId);
    });
    return turn;
  }
}

function callsOn(edge: Edge, caller: { readonly service: string; readonly composeService: string }): boolean {
  return edge.from === caller.service || edge.from === caller.composeService;
}
