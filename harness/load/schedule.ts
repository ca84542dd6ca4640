import type { Random } from '../core/random';

/** `constant`: exactly 1000 / rate ms apart. `exponential`: as independent users come (a Poisson process). */
export type Arrival = 'constant' | 'exponential';

export interface ScheduleOptions {
  readonly ratePerSecond: number;
  readonly arrival: Arrival;
  readonly random: Random;
}

/** The intended moments of an open loop, in ms from its start. They depend on the rate and the seed, never on what was answered. */
export class Schedule {
  readonly #arrival: Arrival;
  readonly #random: Random;
  #ratePerSecond: number;
  /** Where the present rate began to count. */
  #baseMs = 0;
  /** From there to the next moment, and from the last moment to the next, in mean spacings. Whole numbers add up without error. */
  #spacings = 0;
  #gap = 0;

  /** The first moment is 0. */
  constructor({ ratePerSecond, arrival, random }: ScheduleOptions) {
    this.#ratePerSecond = ratePerSecond;
    this.#arrival = arrival;
    this.#random = random;
  }

  /** The next intended moment. */
  nextMs(): number {
    return this.#after(this.#spacings);
  }

  /** Takes the next moment: the one after it becomes the next. */
  advance(): void {
    this.#gap = this.#arrival === 'constant' ? 1 : -Math.log(1 - this.#random.next());
    this.#spacings += this.#gap;
  }

  /** Changes the rate at `nowMs`. Time that passed at the old rate is not made up for at the new one; what is owed already stays owed. */
  setRate(ratePerSecond: number, nowMs: number): void {
    const onTime = this.nextMs() > nowMs;
    this.#baseMs = this.#after(this.#spacings - this.#gap);
    this.#spacings = this.#gap;
    this.#ratePerSecond = ratePerSecond;
    if (onTime && this.nextMs() < nowMs) this.#baseMs += nowMs - this.nextMs();
  }

  #after(spacings: number): number {
    return this.#baseMs + (spacings * 1_000) / this.#ratePerSecond;
  }
}
