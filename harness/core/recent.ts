/** Remembers values by key, each for `forMs` after it was put, and at most `most` of them: the oldest go first. */
export class Recent<Value> {
  /** Oldest first. */
  readonly #entries = new Map<string, { readonly value: Value; readonly atMs: number }>();

  constructor(
    private readonly limits: { readonly forMs: number; readonly most: number },
    private readonly now: () => number,
  ) {}

  put(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, atMs: this.now() });
    this.#forget();
  }

  /** Gives the value away: it is no longer remembered. */
  take(key: string): Value | undefined {
    this.#forget();
    const value = this.#entries.get(key)?.value;
    this.#entries.delete(key);
    return value;
  }

  #forget(): void {
    const { forMs, most } = this.limits;
    const oldestMs = this.now() - forMs;
    for (const [key, { atMs }] of this.#entries) {
      if (atMs >= oldestMs && this.#entries.size <= most) return;
      this.#entries.delete(key);
    }
  }
}
