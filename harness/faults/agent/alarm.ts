/** Time as the proxy needs it; tests bring their own. */
export interface Alarm {
  /** Monotonic ms, with fractions. */
  now(): number;
  /** Calls `action` at `timeMs`, never before. Returns what cancels it. */
  at(timeMs: number, action: () => void): () => void;
}

/**
 * Node's timers count whole milliseconds and fire up to about one late: wake this much early and finish on the clock.
 * The spin yields to the event loop each time round, and there is none while nothing is due.
 */
const SPIN_MS = 1.5;

interface Entry {
  readonly timeMs: number;
  readonly action: () => void;
}

/** An alarm that is late by microseconds, not milliseconds. */
export class PreciseAlarm implements Alarm {
  readonly #entries: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #spinning = false;

  now(): number {
    return performance.now();
  }

  at(timeMs: number, action: () => void): () => void {
    const entry = { timeMs, action };
    const before = this.#entries.findLastIndex((other) => other.timeMs <= timeMs);
    this.#entries.splice(before + 1, 0, entry);
    if (before === -1) this.#arm();
    return () => {
      const index = this.#entries.indexOf(entry);
      if (index !== -1) this.#entries.splice(index, 1);
    };
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const head = this.#entries[0];
    if (head === undefined || this.#spinning) return;
    const waitMs = Math.floor(head.timeMs - this.now() - SPIN_MS);
    if (waitMs >= 1) this.#timer = setTimeout(() => this.#arm(), waitMs);
    else this.#spin();
  }

  #spin(): void {
    this.#spinning = true;
    setImmediate(() => {
      this.#spinning = false;
      for (let head = this.#entries[0]; head !== undefined && head.timeMs <= this.now(); head = this.#entries[0]) {
        this.#entries.shift();
        head.action();
      }
      this.#arm();
    });
  }
}
