import { TextCounts } from '../core/text-counts';
import type { KindSummary, Latency, LoadCounts, LoadWindow } from './counts';
import { LATE_MS } from './counts';
import { LatencyHistogram } from './histogram';
import type { Outcome } from './ledger-line';

class Counter {
  sent = 0;
  ok = 0;
  failed = 0;
  lost = 0;
  late = 0;
  unsent = 0;
  readonly latency = new LatencyHistogram();

  started(latenessMs: number): void {
    this.sent += 1;
    if (latenessMs > LATE_MS) this.late += 1;
  }

  ended(outcome: Outcome, latencyMs: number | undefined): void {
    this[outcome] += 1;
    if (latencyMs !== undefined) this.latency.record(latencyMs);
  }

  counts(): LoadCounts {
    const { sent, ok, failed, lost, late, unsent } = this;
    return { sent, ok, failed, lost, late, unsent, inFlight: sent - ok - failed - lost };
  }

  clear(): void {
    this.sent = this.ok = this.failed = this.lost = this.late = this.unsent = 0;
    this.latency.reset();
  }
}

/** Counts a load: in total, by kind, and in the window that is open. */
export class Tally {
  readonly #total = new Counter();
  readonly #window = new Counter();
  readonly #kinds = new Map<string, Counter>();
  readonly #lateness = new LatencyHistogram();
  readonly #reasons = new TextCounts();
  #windowStartMs: number;

  constructor(kinds: readonly string[], startMs: number) {
    for (const kind of kinds) this.#kinds.set(kind, new Counter());
    this.#windowStartMs = startMs;
  }

  started(kind: string, latenessMs: number): void {
    for (const counter of this.#counters(kind)) counter.started(latenessMs);
    this.#lateness.record(latenessMs);
  }

  unsent(kind: string): void {
    for (const counter of this.#counters(kind)) counter.unsent += 1;
  }

  ended(kind: string, outcome: Outcome, latencyMs: number | undefined, error: string | undefined): void {
    for (const counter of this.#counters(kind)) counter.ended(outcome, latencyMs);
    if (error !== undefined) this.#reasons.add(error);
  }

  counts(): LoadCounts {
    return this.#total.counts();
  }

  latency(): Latency {
    return this.#total.latency.read();
  }

  lateness(): Latency {
    return this.#lateness.read();
  }

  kinds(): Record<string, KindSummary> {
    return Object.fromEntries(
      [...this.#kinds].map(([kind, counter]) => [kind, { ...counter.counts(), latency: counter.latency.read() }]),
    );
  }

  reasons(): Record<string, number> {
    return Object.fromEntries(this.#reasons.all());
  }

  /** Ends the window and opens the next. */
  closeWindow(nowMs: number): LoadWindow {
    const window: LoadWindow = {
      ...this.#window.counts(),
      inFlight: this.#total.counts().inFlight,
      startMs: this.#windowStartMs,
      lengthMs: nowMs - this.#windowStartMs,
      latency: this.#window.latency.read(),
    };
    this.#window.clear();
    this.#windowStartMs = nowMs;
    return window;
  }

  #counters(kind: string): Counter[] {
    const own = this.#kinds.get(kind);
    return own === undefined ? [this.#total, this.#window] : [this.#total, this.#window, own];
  }
}
