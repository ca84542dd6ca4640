import type { LogLine } from './logs';

/**
 * How far before the last line a stream is opened again. The Engine stamps the lines of stdout and stderr in two tasks, so
 * that they may come a little out of order.
 */
export const OVERLAP_MS = 2_000;

/** Reads one log in several passes that overlap, and takes every line once: two equal lines of one moment are two lines. */
export class LineDedupe {
  /** Lines taken within the overlap, oldest first. */
  #recent: { readonly atMs: number; readonly key: string }[] = [];
  #lastMs = -Infinity;

  /** Where the next pass starts, wall ms; `undefined` is the beginning. */
  get sinceMs(): number | undefined {
    return this.#lastMs === -Infinity ? undefined : Math.max(0, this.#lastMs - OVERLAP_MS);
  }

  /** Begins a pass over the log from {@link sinceMs} (or earlier). The returned function says whether a line is new. */
  pass(): (line: LogLine) => boolean {
    const sinceMs = this.sinceMs ?? -Infinity;
    const reachedMs = this.#lastMs;
    const taken = new Map<string, number>();
    for (const { atMs, key } of this.#recent) {
      if (atMs >= sinceMs) taken.set(key, (taken.get(key) ?? 0) + 1);
    }
    return (line) => {
      // Before the overlap: taken long ago.
      if (line.atMs < sinceMs) return false;
      const key = keyOf(line);
      const count = taken.get(key) ?? 0;
      if (line.atMs <= reachedMs && count > 0) {
        taken.set(key, count - 1);
        return false;
      }
      this.#take(line.atMs, key);
      return true;
    };
  }

  #take(atMs: number, key: string): void {
    this.#lastMs = Math.max(this.#lastMs, atMs);
    this.#recent.push({ atMs, key });
    // Twice the overlap may lie in memory before it is cut: cheaper than a cut for every line.
    const first = this.#recent[0];
    if (first !== undefined && first.atMs < this.#lastMs - 2 * OVERLAP_MS) {
      this.#recent = this.#recent.filter((entry) => entry.atMs >= this.#lastMs - OVERLAP_MS);
    }
  }
}

function keyOf(line: LogLine): string {
  return `${line.atMs} ${line.stream} ${line.text}`;
}
