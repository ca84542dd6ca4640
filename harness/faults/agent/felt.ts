import type { ActiveFault, Route } from './route.ts';

/** Our own probes say who they are; no caller's traffic is taken for one of them, nor one of them for it. */
const PROBE_MARK = 'rollproof-probe';

/**
 * Counts on one connection what its caller feels of the faults. An answer is what the callee sends after it was sent something: of an
 * answer that was under way when a fault began, nobody can say that it felt it.
 */
export class FeltCount {
  readonly #route: Route;
  readonly #untouched = new Set<ActiveFault>();
  #hasSent = false;
  #isProbe = false;
  /** What comes first is an answer too: some callees greet. */
  #isAsked = true;

  constructor(route: Route) {
    this.#route = route;
  }

  /** The caller has sent something. */
  sent(data: Buffer): void {
    this.#isAsked = true;
    if (this.#hasSent) return;
    this.#hasSent = true;
    this.#isProbe = data.includes(PROBE_MARK);
    this.#expect('connections');
  }

  /** The callee has sent something. Call it before the chunk goes through the faults. */
  answered(): void {
    if (!this.#isAsked) return;
    this.#isAsked = false;
    this.#expect('answers');
  }

  /** A fault has touched what is on its way. */
  touch(fault: ActiveFault): void {
    if (this.#untouched.delete(fault)) fault.felt++;
  }

  #expect(what: 'answers' | 'connections'): void {
    if (this.#isProbe) return;
    for (const fault of this.#route.faults) {
      if (fault.kind.counts !== what) continue;
      fault.of++;
      this.#untouched.add(fault);
    }
  }
}
