/** Where a rollout of a whole release waits, with all traffic on its new revision and the old one warm, for the others. */
export class Gate {
  #isOpen = false;
  #arrive: () => void = () => undefined;
  /** Resolves when the rollout waits. */
  readonly arrived = new Promise<void>((resolve) => {
    this.#arrive = resolve;
  });

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The rollout has come so far. */
  arrive(): void {
    this.#arrive();
  }

  /** Every other rollout has too: make the new revision stable. */
  open(): void {
    this.#isOpen = true;
  }
}
