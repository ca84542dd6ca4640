import type { Undo } from './protocol.ts';

/** What is to be undone, and until when at the latest. */
export class UndoList {
  readonly #entries = new Map<string, { readonly undo: Undo; readonly expiresAtMs: number }>();

  add(undo: Undo, expiresAtMs: number): void {
    this.#entries.set(undo.id, { undo, expiresAtMs });
  }

  delete(id: string): void {
    this.#entries.delete(id);
  }

  /** Those whose lease has ended, in the order in which they were registered. They are ours to undo from now on. */
  takeExpired(nowMs: number): Undo[] {
    return this.#take((expiresAtMs) => expiresAtMs <= nowMs);
  }

  takeAll(): Undo[] {
    return this.#take(() => true);
  }

  #take(isDue: (expiresAtMs: number) => boolean): Undo[] {
    const due = [...this.#entries.values()].filter(({ expiresAtMs }) => isDue(expiresAtMs)).map(({ undo }) => undo);
    for (const { id } of due) this.#entries.delete(id);
    return due;
  }
}
