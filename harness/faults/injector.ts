import { edgeName, type Edge, type ManagedService } from '../contract/config';
import { HarnessError, runAll } from '../core/errors';
import type { Journal } from '../contract/journal';
import { AgentPool } from './agent-pool';
import type { EdgeStats } from './agent/protocol';
import type { FaultContext, UndoKeeper } from './context';
import { CrashFault, type CrashOptions } from './crash';
import type { Fault } from './fault';
import { LatencyFault, type LatencyOptions } from './latency';
import type { LeasedFault } from './leased-fault';
import { SharedSignaller, Signaller } from './signaller';

export interface FaultInjectorOptions {
  readonly project: string;
  readonly helperImage: string;
  readonly journal: Journal;
  readonly guardian: UndoKeeper;
  readonly seed: string;
  /** Edges that pass through an agent from the start: connections older than the agent bypass faults. */
  readonly edges: readonly Edge[];
  readonly managed: Readonly<Record<string, ManagedService>>;
  readonly signal: AbortSignal;
  /** Something broke while nobody was waiting; also kept in {@link FaultInjector.failures}. */
  readonly onFailure?: (error: HarnessError) => void;
  /** How long a packet rule outlives its agent, ms. Default 5 000. */
  readonly ruleLeaseMs?: number;
  /** How long an agent outlives the last heart-beat, ms. Default 10 000, and 5 000 at most once nobody is connected. */
  readonly graceMs?: number;
}

/** Injects leased faults, each proved when it is applied, and takes them away again. */
export class FaultInjector implements AsyncDisposable {
  readonly #active = new Set<LeasedFault>();
  readonly #failures: HarnessError[] = [];
  #pool: AgentPool | undefined;
  readonly #signaller: SharedSignaller;

  private constructor(private readonly options: FaultInjectorOptions) {
    this.#signaller = new SharedSignaller(() => Signaller.start(options.project, options.helperImage));
  }

  /**
   * Attaches pass-through agents to `edges`.
   * @throws HarnessError `fault-no-targets`, `edge-port-unknown`, `helper-…`
   */
  static async start(options: FaultInjectorOptions): Promise<FaultInjector> {
    const injector = new FaultInjector(options);
    const { project, helperImage, managed, signal, ruleLeaseMs, graceMs } = options;
    injector.#pool = await AgentPool.start({
      ...{ project, helperImage, managed, signal },
      ...(ruleLeaseMs === undefined ? {} : { ruleLeaseMs }),
      ...(graceMs === undefined ? {} : { graceMs }),
      onPrepared: async (agent, caller, edge, stats) => {
        injector.#notePrepared(caller.name, edge, stats);
        const fault = injector.#activeOn(edgeName(edge));
        if (fault instanceof LatencyFault) await fault.follow(agent);
      },
      onEvent: (event) => {
        if (event.event === 'expired') void injector.#find(event.id)?.expire();
      },
      onFailure: (error) => injector.#fail(error),
    });
    try {
      await injector.prepareEdges(options.edges);
    } catch (error) {
      await injector[Symbol.asyncDispose]();
      throw error;
    }
    return injector;
  }

  /** Attaches pass-through agents to the callers of these edges, in place of dead ones too. Edges that have them are left alone. */
  async prepareEdges(edges: readonly Edge[]): Promise<void> {
    const fresh = edges.filter((edge) => !this.#agents.isPrepared(edge));
    if (fresh.length > 0) await this.#agents.prepare(fresh);
  }

  /**
   * Delays the callee's answers on an edge; returns when that has been measured.
   * @throws HarnessError `bad-latency`, `fault-overlap`, `fault-no-targets`, `fault-did-not-bite`, `agent-died`
   */
  async latency(options: LatencyOptions): Promise<Fault> {
    const fault = new LatencyFault(options, this.#context(), (ended) => this.#active.delete(ended as LeasedFault));
    return this.#begin(fault, () => this.prepareEdges([fault.edge]));
  }

  /**
   * Kills a service's containers as the kernel would; returns when their death has been seen.
   * @throws HarnessError `fault-overlap`, `fault-no-targets`, `fault-did-not-bite`
   */
  async crash(options: CrashOptions): Promise<Fault> {
    const fault = new CrashFault(options, this.#context(), (ended) => this.#active.delete(ended as LeasedFault));
    return this.#begin(fault, () => Promise.resolve());
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
      async () => this.#pool?.[Symbol.asyncDispose](),
      () => this.#signaller[Symbol.asyncDispose](),
    ]);
  }

  get #agents(): AgentPool {
    if (this.#pool === undefined)
      throw new HarnessError('not-started', { message: 'the fault injector has not started' });
    return this.#pool;
  }

  async #begin(fault: LeasedFault, prepare: () => Promise<void>): Promise<Fault> {
    const other = this.#activeOn(fault.target);
    if (other !== undefined) {
      throw new HarnessError('fault-overlap', {
        message: `${fault.target} has ${other.kind} ${other.id} already`,
        facts: { target: fault.target, active: other.id },
        hint: 'Revert it first.',
      });
    }
    this.#active.add(fault);
    try {
      await prepare();
      return await fault.begin();
    } catch (error) {
      this.#active.delete(fault);
      throw error;
    }
  }

  #activeOn(target: string): LeasedFault | undefined {
    return [...this.#active].find((fault) => fault.target === target);
  }

  #find(id: string | undefined): LeasedFault | undefined {
    return [...this.#active].find((fault) => fault.id === id);
  }

  #context(): FaultContext {
    const { project, managed, journal, guardian, seed, signal } = this.options;
    return {
      ...{ project, managed, journal, guardian, seed, signal },
      pool: this.#agents,
      signaller: () => this.#signaller.get(),
      onFailure: (error) => this.#fail(error),
    };
  }

  #notePrepared(caller: string, edge: Edge, stats: EdgeStats): void {
    const { bypassing } = stats;
    this.options.journal.append({
      type: 'note',
      message: `${caller}: ${edgeName(edge)} passes through an agent; ${bypassing} older connections do not`,
      detail: { caller, edge: edgeName(edge), bypassing },
    });
  }

  /** Where an agent has died, the faults on its edges are not what they say. */
  #fail(error: HarnessError): void {
    this.#failures.push(error);
    const latencies = [...this.#active].filter((fault) => fault instanceof LatencyFault);
    const broken = latencies.filter(({ edge }) => this.#agents.hasLost(edge));
    for (const fault of broken) fault.fail(error.message);
    if (broken.length === 0)
      this.options.journal.append({ type: 'note', message: error.message, detail: { ...error.facts } });
    this.options.onFailure?.(error);
  }
}
