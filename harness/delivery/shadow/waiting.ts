import type { CopiedRequest } from '../../front/copies';
import { kindOf } from './kind-of';

/** Kinds of requests that are copied; those that come later are not. */
const KINDS_MAX = 50;

/** Requests of a kind that wait; the newest are kept. */
const WAITING_MAX = 20;

/** Copies that wait to be sent: the next is of the kind that was sent least, so that what is frequent does not hide the rest. */
export class Waiting {
  readonly #kinds = new Map<string, { sent: number; waiting: readonly CopiedRequest[] }>();

  add(request: CopiedRequest): void {
    const kind = kindOf(request);
    const known = this.#kinds.get(kind) ?? { sent: 0, waiting: [] };
    if (!this.#kinds.has(kind) && this.#kinds.size >= KINDS_MAX) return;
    known.waiting = [...known.waiting, request].slice(-WAITING_MAX);
    this.#kinds.set(kind, known);
  }

  next(): { readonly kind: string; readonly request: CopiedRequest } | undefined {
    const [first] = [...this.#kinds]
      .filter(([, { waiting }]) => waiting.length > 0)
      .sort(([, a], [, b]) => a.sent - b.sent);
    if (first === undefined) return undefined;
    const [kind, known] = first;
    const request = known.waiting.at(-1);
    known.waiting = known.waiting.slice(0, -1);
    known.sent += 1;
    return request && { kind, request };
  }
}
