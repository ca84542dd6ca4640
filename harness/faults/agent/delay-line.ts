import type { Alarm } from './alarm.ts';

interface Held<T> {
  readonly item: T;
  readonly bytes: number;
  readonly releaseAtMs: number;
}

/** Holds items until their moment and gives them away in the order in which they came. */
export class DelayLine<T> {
  readonly #alarm: Alarm;
  readonly #deliver: (item: T, lateMs: number) => void;
  readonly #held: Held<T>[] = [];
  #cancel: (() => void) | undefined;
  #bytes = 0;

  constructor(alarm: Alarm, deliver: (item: T, lateMs: number) => void) {
    this.#alarm = alarm;
    this.#deliver = deliver;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Holds an item for `delayMs`, or until the one before it has gone when that is later. */
  push(item: T, bytes: number, delayMs: number): void {
    const releaseAtMs = Math.max(this.#alarm.now() + delayMs, this.#held.at(-1)?.releaseAtMs ?? 0);
    this.#held.push({ item, bytes, releaseAtMs });
    this.#bytes += bytes;
    if (this.#held.length === 1) this.#arm();
  }

  /** Gives everything away now: the fault has ended. */
  flush(): void {
    this.#cancel?.();
    while (this.#held.length > 0) this.#release(0);
  }

  /** Drops everything: the connection has ended. */
  clear(): void {
    this.#cancel?.();
    this.#held.length = 0;
    this.#bytes = 0;
  }

  #arm(): void {
    const head = this.#held[0];
    if (head === undefined) return;
    this.#cancel = this.#alarm.at(head.releaseAtMs, () => {
      const now = this.#alarm.now();
      for (let due = this.#held[0]; due !== undefined && due.releaseAtMs <= now; due = this.#held[0]) {
        this.#release(now - due.releaseAtMs);
      }
      this.#arm();
    });
  }

  #release(lateMs: number): void {
    const held = this.#held.shift();
    if (held === undefined) return;
    this.#bytes -= held.bytes;
    this.#deliver(held.item, lateMs);
  }
}
