/** The intended moments of an open loop, in ms from its start, the first at 0. They depend on the rate, never on what was answered. */
export class Schedule {
  /** Taken so far. Whole numbers add up without error. */
  #taken = 0;

  constructor(private readonly ratePerSecond: number) {}

  /** The next intended moment. */
  nextMs(): number {
    return (this.#taken * 1_000) / this.ratePerSecond;
  }

  /** Takes the next moment: the one after it becomes the next. */
  advance(): void {
    this.#taken += 1;
  }
}
