/** Distance of two looks at the silence, ms. */
export const LOOK_MS = 250;

/** A look that comes later than this was stopped itself: no load delays a timer so much for long. */
const LATE_MS_MAX = 500;

/**
 * How long the other side has been silent. An observer that was stopped itself (a frozen machine, a closed lid, swapping) wakes to timers
 * before it reads the beats that came meanwhile: by how much its own look is late counts for nothing.
 */
export class Silence {
  #lastBeatMs: number;
  #lastLookMs: number;

  constructor(nowMs: number) {
    this.#lastBeatMs = nowMs;
    this.#lastLookMs = nowMs;
  }

  beat(nowMs: number): void {
    this.#lastBeatMs = nowMs;
  }

  /** To be called every {@link LOOK_MS}. Returns ms without a beat. */
  look(nowMs: number): number {
    const lateMs = nowMs - this.#lastLookMs - LOOK_MS;
    this.#lastLookMs = nowMs;
    if (lateMs > LATE_MS_MAX) this.#lastBeatMs = Math.min(nowMs, this.#lastBeatMs + lateMs);
    return nowMs - this.#lastBeatMs;
  }
}
