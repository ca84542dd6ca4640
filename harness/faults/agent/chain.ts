import type { Item, Stage } from './kinds/kind.ts';
import type { ActiveFault } from './route.ts';

/** The faults on one direction of one connection: each gives to the next, the last to `out`. */
export class Chain {
  readonly #out: (item: Item) => void;
  readonly #links: { readonly fault: ActiveFault; readonly stage: Stage }[] = [];

  constructor(out: (item: Item) => void) {
    this.#out = out;
  }

  get heldBytes(): number {
    return this.#links.reduce((sum, { stage }) => sum + stage.heldBytes, 0);
  }

  push(item: Item): void {
    this.#give(0, item);
  }

  /** Puts a fault at the end of the chain. */
  add(fault: ActiveFault, make: (give: (item: Item) => void) => Stage): void {
    const stage: Stage = make((item) => this.#give(this.#links.findIndex((link) => link.stage === stage) + 1, item));
    this.#links.push({ fault, stage });
  }

  /** Takes a fault out; what it held goes on before anything that comes later. */
  remove(fault: ActiveFault): void {
    const index = this.#links.findIndex((link) => link.fault === fault);
    if (index === -1) return;
    this.#links[index]?.stage.flush();
    this.#links.splice(index, 1);
  }

  clear(): void {
    for (const { stage } of this.#links) stage.clear();
  }

  #give(index: number, item: Item): void {
    const link = this.#links[index];
    if (link === undefined) this.#out(item);
    else link.stage.push(item);
  }
}
