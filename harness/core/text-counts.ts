/** What stands for all further texts. */
const OTHERS = 'others';

/** How often each of some texts came, as long as there are not too many different ones: the rest is counted together. */
export class TextCounts {
  readonly #counts = new Map<string, number>();

  constructor(private readonly textsMax = 100) {}

  add(text: string, count = 1): void {
    const name = this.#counts.has(text) || this.#counts.size < this.textsMax ? text : OTHERS;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** Most frequent first. */
  all(): readonly (readonly [text: string, count: number])[] {
    return [...this.#counts].sort(([, a], [, b]) => b - a);
  }
}
