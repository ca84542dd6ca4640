import { edgeName, type Edge, type ManagedService } from '../contract/config';
import { HarnessError, runAll } from '../core/errors';
import type { Journal } from '../contract/journal';
import { watchEvents } from '../docker/events';
import { AgentPool } from './agent-pool';
import type { Rung } from './agent/packet-rules';
import type { EdgeStats } from './agent/protocol';
import type { FaultContext, UndoKeeper } from './context';
import type { FaultValue } from './carrier';
import type { Fault } from './fault';
import { LEASE_MS_DEFAULT } from './lease';
import { LeasedFault } from './leased-fault';
import { SharedSignaller, Signaller } from './signaller';

export interface FaultInjectorOptions {
  readonly project: string;
  readonly helperImage: string;
  readonly journal: Journal;
  readonly guardian: UndoKeeper;
  readonly seed: string;
  /** Those that the configuration declares. */
  readonly edges: readonly Edge[];
  /** Whether they pass through an agent from the start, which needs their callers. Default true; else the first fault on one brings it. */
  readonly ahead?: boolean;
  /** Nobody depends on connections of these edges that are older than the agents: they are reset. Default false: faults do that. */
  readonly takesOver?: boolean;
  readonly managed: Readonly<Record<string, ManagedService>>;
  readonly signal: AbortSignal;
  /** Something broke while nobody was waiting; also kept in {@link FaultInjector.failures}. */
  readonly onFailure?: (error: HarnessError) => void;
  /** How long a packet rule outlives its agent, ms. Default 5 000. */
  readonly ruleLeaseMs?: number;
  /** How long an agent outlives the last heart-beat, ms. Default 10 000, and 5 000 at most once nobody is connected. */
  readonly graceMs?: number;
  /** Only this rung of the packet rules. Default: the best that works. */
  readonly packetRules?: Rung;
}

/** Injects leased faults, each proved when it is applied, and takes them away again. */
export class FaultInjector implements AsyncDisposable {
  /** In the order of injection. */
  readonly #active = new Set<LeasedFault>();
  readonly #failures: HarnessError[] = [];
  readonly #pool: AgentPool;
  readonly #signaller: SharedSignaller;
  readonly #closing = new AbortController();

  private constructor(private readonly options: FaultInjectorOptions) {
    const { project, helperImage, managed, ruleLeaseMs, graceMs, packetRules } = options;
    this.#signaller = new SharedSignaller(() => Signaller.start(project, helperImage));
    this.#pool = new AgentPool({
      ...{ project, helperImage, managed },
      ...(ruleLeaseMs === undefined ? {} : { ruleLeaseMs }),
      ...(graceMs === undefined ? {} : { graceMs }),
      ...(packetRules === undefined ? {} : { packetRules }),
      onPrepared: async (agent, caller, edge, stats) => {
        this.#notePrepared(caller.name, edge, stats);
        // One by one: their order is that of the chain.
        for (const { carrier } of this.#active) await carrier.onPrepared?.(agent, edge);
      },
      onEvent: (event) => {
        if (event.event === 'expired') void [...this.#active].find(({ id }) => id === event.id)?.expire();
      },
      onFailure: (error) => this.#fail(error),
    });
  }

  /**
   * Attaches pass-through agents to `edges`, unless they are not wanted ahead.
   * @throws HarnessError `fault-no-targets`, `edge-port-unknown`, `helper-…`
   */
  static async start(options: FaultInjectorOptions): Promise<FaultInjector> {
    const injector = new FaultInjector(options);
    try {
      await watchEvents({
        project: options.project,
        signal: AbortSignal.any([options.signal, injector.#closing.signal]),
        onEvent: (event) => {
          injector.#pool.onContainerEvent(event);
          for (const { carrier } of injector.#active) carrier.onContainerEvent?.(event);
        },
      });
      if (options.ahead !== false) await injector.#pool.prepare(options.edges, options.takesOver);
    } catch (error) {
      await injector[Symbol.asyncDispose]();
      throw error;
    }
    return injector;
  }

  /**
   * Puts a fault on its target; returns when it has been measured that it bites. Faults on one edge compose in the order of their injection.
   * @throws HarnessError `fault-overlap`, `fault-no-targets`, `fault-did-not-bite`, `agent-died`
   */
  async inject(value: FaultValue, { leaseMs = LEASE_MS_DEFAULT }: { readonly leaseMs?: number } = {}): Promise<Fault> {
    const fault = new LeasedFault(value, value.leaseMs ?? leaseMs, this.#context(), {
      aimed: (aimed) => this.#refuseContradiction(aimed),
      ended: (ended) => this.#active.delete(ended),
    });
    this.#active.add(fault);
    try {
      return await fault.begin();
    } catch (error) {
      this.#active.delete(fault);
      throw error;
    }
  }

  active(): Fault[] {
    return [...this.#active];
  }

  /** What broke while nobody was waiting: an agent that was killed, a lease that ended before its fault was reverted. Not empty: verdicts that rest on a fault are void. */
  failures(): readonly HarnessError[] {
    return this.#failures;
  }

  /** Reverts everything, whatever fails on the way; throws afterwards. */
  async revertAll(): Promise<void> {
    await runAll([...this.#active].map((fault) => () => fault.revert()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await runAll([
      () => this.revertAll(),
      async () => this.#closing.abort(new Error('the fault injector is closing')),
      () => this.#pool[Symbol.asyncDispose](),
      () => this.#signaller[Symbol.asyncDispose](),
    ]);
  }

  #context(): FaultContext {
    const { project, helperImage, edges, managed, journal, guardian, seed, signal } = this.options;
    return {
      ...{ project, helperImage, edges, managed, journal, guardian, seed, signal },
      pool: this.#pool,
      signaller: () => this.#signaller.get(),
      onFailure: (error) => this.#fail(error),
    };
  }

  /** @throws HarnessError `fault-overlap` when another active fault leaves this one nothing to do, or the other way round */
  #refuseContradiction(fault: LeasedFault): void {
    const contradict = (a: FaultValue, b: FaultValue) =>
      a.contradicts.includes(b.kind) || b.contradicts.includes(a.kind);
    for (const other of this.#active) {
      if (other === fault || !contradict(fault.value, other.value)) continue;
      const shared = fault.places.find((place) => other.places.includes(place));
      if (shared === undefined) continue;
      throw new HarnessError('fault-overlap', {
        message: `${fault.kind} on ${fault.target} contradicts ${other.kind} on ${other.target}, which is active`,
        facts: { kind: fault.kind, target: fault.target, active: other.id, activeKind: other.kind, shared },
        hint: `Revert the ${other.kind} first.`,
      });
    }
  }

  #notePrepared(caller: string, edge: Edge, { bypassing, stale }: EdgeStats): void {
    const older = bypassing + stale;
    const what = stale === 0 ? `${older} older connections do not` : `${stale} older connections are reset`;
    this.options.journal.append({
      type: 'note',
      message: `${caller}: ${edgeName(edge)} passes through an agent; ${what}`,
      detail: { caller, edge: edgeName(edge), bypassing, reset: stale },
    });
  }

  /** Where an agent has died, the faults on its edges are not what they say. */
  #fail(error: HarnessError): void {
    this.#failures.push(error);
    const broken = [...this.#active].filter(({ carrier }) => carrier.hasLostAgent?.() === true);
    for (const fault of broken) fault.fail(error.message);
    if (broken.length === 0)
      this.options.journal.append({ type: 'note', message: error.message, detail: { ...error.facts } });
    this.options.onFailure?.(error);
  }
}
