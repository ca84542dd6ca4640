import { agentKind } from './kinds/list.ts';
import type { AgentKind } from './kinds/kind.ts';
import type { EdgeStats, FaultSpec, FaultStats } from './protocol.ts';

/** A fault that is on, and what was felt of it. */
export class ActiveFault {
  readonly spec: FaultSpec;
  readonly kind: AgentKind;
  readonly facts: Record<string, number> = {};
  felt = 0;
  of = 0;

  constructor(spec: FaultSpec) {
    this.spec = spec;
    this.kind = agentKind(spec.kind);
  }

  stats(): FaultStats {
    return { felt: this.felt, of: this.of, unit: this.kind.counts, facts: { ...this.facts } };
  }
}

/** What the proxy knows of one edge: its faults in order, its figures, its connections. */
export class Route {
  readonly edge: string;
  /** In the order of injection, which is that of application. */
  readonly faults: ActiveFault[] = [];
  readonly carried = new Set<Carried>();
  connections = 0;
  bytesUp = 0;
  bytesDown = 0;
  dialFailures = 0;

  constructor(edge: string) {
    this.edge = edge;
  }

  /** Open connections feel it too, but those that a refusal resets. The same id again is the same fault. */
  faultOn(spec: FaultSpec): void {
    if (this.faults.some((fault) => fault.spec.id === spec.id)) return;
    const fault = new ActiveFault(spec);
    this.faults.push(fault);
    if (fault.kind.refuses === true) for (const carried of [...this.carried]) carried.destroy();
    else for (const carried of this.carried) carried.faultOn(fault);
  }

  /** Gives away what it held back. One that has ended is left alone. */
  faultOff(id: string): FaultStats | undefined {
    const index = this.faults.findIndex((fault) => fault.spec.id === id);
    const [fault] = index === -1 ? [] : this.faults.splice(index, 1);
    if (fault === undefined) return undefined;
    for (const carried of this.carried) carried.faultOff(fault);
    return fault.stats();
  }

  stats(): Omit<EdgeStats, 'bypassing' | 'stale'> {
    const { connections, bytesUp, bytesDown, dialFailures, carried } = this;
    const faults = Object.fromEntries(this.faults.map((fault) => [fault.spec.id, fault.stats()]));
    return { connections, open: carried.size, bytesUp, bytesDown, dialFailures, faults };
  }
}

/** One connection that the proxy carries. */
export interface Carried {
  /** When it last carried a byte, monotonic ms. */
  readonly lastByteMs: number;
  faultOn(fault: ActiveFault): void;
  faultOff(fault: ActiveFault): void;
  /** Closes it as a server closes an idle connection. */
  end(): void;
  destroy(): void;
}
