import type { WatchGap } from '../contract/watch-gap';

/** Nothing failed: the machine was busy, or an answer took its time. */
const NO_PROBLEM = 'a look took too long';

/** When somebody looked, and when nobody did. What is between two looks is unseen, whatever kept the second from coming sooner. */
export class WatchGaps {
  readonly #gaps: WatchGap[] = [];
  #lookedAtMs: number;
  #problem: string | undefined;

  /** @param limitMs a shorter stretch hides nothing and is not kept */
  constructor(
    startMs: number,
    private readonly limitMs: number,
  ) {
    this.#lookedAtMs = startMs;
  }

  /** Why the last look saw nothing; `undefined` when it did. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** A look has shown how things stood at some moment between its question and its answer (wall ms). */
  looked({ askedAtMs, answeredAtMs }: { readonly askedAtMs: number; readonly answeredAtMs: number }): void {
    const gap = this.#openGap(answeredAtMs);
    if (this.#isLong(gap)) this.#gaps.push(gap);
    this.#lookedAtMs = askedAtMs;
    this.#problem = undefined;
  }

  /** A look has shown nothing. */
  failed(problem: string): void {
    this.#problem = problem;
  }

  /** What of a window (wall ms) was unseen for longer than the limit, the time since the last look included. */
  within({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): WatchGap[] {
    return [...this.#gaps, this.#openGap(endMs)]
      .map(({ fromMs, toMs, reason }) => ({
        fromMs: Math.max(fromMs, startMs),
        toMs: Math.min(toMs, endMs),
        reason,
      }))
      .filter((gap) => this.#isLong(gap));
  }

  #openGap(atMs: number): WatchGap {
    return { fromMs: this.#lookedAtMs, toMs: atMs, reason: this.#problem ?? NO_PROBLEM };
  }

  #isLong({ fromMs, toMs }: WatchGap): boolean {
    return toMs - fromMs > this.limitMs;
  }
}
