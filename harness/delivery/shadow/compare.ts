import type { ShadowDifference, ShadowKind } from '../../contract/lines/shadow';
import type { CopyAnswer } from '../../front/copy-text';
import { oddOneOutPValue } from '../../statistics/odd-one-out';
import { facetsOf, type Facets } from './facets';

/** The same request, answered twice by stable and once by the new revision; `undefined` where no whole answer came. */
export interface Triple {
  readonly from: readonly [CopyAnswer | undefined, CopyAnswer | undefined];
  readonly to: CopyAnswer | undefined;
}

/** How something that answers have went, over the copies in which it could be compared. */
interface Tally {
  compared: number;
  /** Stable's two answers differed. */
  noisy: number;
  /** One of the three differed from two that were equal. */
  odd: number;
  /** It was the new revision's. */
  oddTo: number;
  example?: { readonly from: string; readonly to: string };
}

interface KindTally {
  copies: number;
  readonly tallies: Map<string, Tally>;
  /** What only the new revision has: by path, what it is. */
  readonly added: Map<string, string>;
}

/** Paths that are told of each kind; the rest is a number. */
const TOLD_MAX = 20;

const MISSING = 'missing';

/**
 * Holds answers of two revisions against each other, part by part, and learns on the way what differs by itself: of what differs between two
 * answers of stable, only what the new revision has differently more often than one in three is its doing ({@link oddOneOutPValue}). What the
 * new revision has in addition is told, and is no difference: who reads answers leaves out what it does not know.
 */
export class Comparison {
  readonly #kinds = new Map<string, KindTally>();
  /** Triples that were added. */
  copies = 0;

  /** `accept`: what may differ, as `$.total`, `status`, or `GET /orders/{id}: $.total`; with a path goes all below it. */
  constructor(private readonly accept: readonly string[] = []) {}

  /** Adds the answers to one request, and says what the new revision has differently, of that which has never spoken against stable itself. */
  add(kind: string, { from, to }: Triple): readonly string[] {
    this.copies += 1;
    const known: KindTally = this.#kinds.get(kind) ?? { copies: 0, tallies: new Map(), added: new Map() };
    this.#kinds.set(kind, known);
    known.copies += 1;
    const all = [facetsOf(from[0]), facetsOf(from[1]), facetsOf(to)] as const;
    const suspects: string[] = [];
    const note = (what: string, texts: readonly [string, string, string]): boolean => {
      const tally = known.tallies.get(what) ?? { compared: 0, noisy: 0, odd: 0, oddTo: 0 };
      known.tallies.set(what, tally);
      count(tally, texts);
      if (texts[0] === texts[1] && texts[2] !== texts[0] && tally.oddTo === tally.odd) suspects.push(what);
      return texts.every((text) => text === texts[0]);
    };
    const [status, contentType] = [of(all, (facets) => facets.status), of(all, (facets) => facets.contentType)];
    if (note('status', status) && note('content type', contentType)) this.#body(known, all, note);
    return suspects.filter((what) => !this.#isAccepted(kind, what));
  }

  #body(
    { added }: KindTally,
    all: readonly [Facets, Facets, Facets],
    note: (what: string, texts: readonly [string, string, string]) => boolean,
  ): void {
    for (const path of keysOf(all, ({ types }) => types)) {
      const [one, other, fresh] = of(all, ({ types }) => types.get(path) ?? MISSING);
      if (one === MISSING && other === MISSING) added.set(path, fresh);
      else note(typeOfPath(path), [one, other, fresh]);
    }
    for (const what of keysOf(all, ({ values }) => values)) {
      const texts = of(all, ({ values }) => values.get(what));
      const types = of(all, (facets) => facets.types.get(what));
      const [one, other, fresh] = texts;
      const isComparable = types.every((type) => type === types[0]);
      if (one === undefined || other === undefined || fresh === undefined || !isComparable) continue;
      note(what, [one, other, fresh]);
    }
  }

  /** What the new revision has differently, by tests that together fail an innocent one with a probability of at most `level`. */
  differences(level: number): readonly ShadowDifference[] {
    const kinds = [...this.#kinds];
    const tests = kinds.reduce((sum, [, { tallies }]) => sum + tallies.size, 0);
    return kinds.flatMap(([kind, { tallies }]) => {
      const found = [...tallies].flatMap(([what, tally]) => {
        const { odd, oddTo, compared, example } = tally;
        if (example === undefined || this.#isAccepted(kind, what)) return [];
        if (oddOneOutPValue(oddTo, odd) >= level / tests) return [];
        return [{ kind, what: named(what), ...shown(what, example), differing: oddTo, compared }];
      });
      return withoutConsequences(found);
    });
  }

  /** For the journal: what was compared, what differs by itself, and what is new. */
  kinds(): readonly ShadowKind[] {
    return [...this.#kinds].map(([kind, { copies, tallies, added }]) => {
      const noise = [...tallies].flatMap(([what, { noisy, compared }]) =>
        noisy === 0 ? [] : [{ what: named(what), differing: noisy, compared }],
      );
      return {
        ...{ kind, copies, compared: tallies.size },
        noise: noise.slice(0, TOLD_MAX),
        added: [...added].slice(0, TOLD_MAX).map(([what, is]) => ({ what, is })),
      };
    });
  }

  #isAccepted(kind: string, what: string): boolean {
    const name = named(what);
    return this.accept.some((accepted) => [name, `${kind}: ${name}`].some((own) => isAtOrBelow(own, accepted)));
  }
}

/** What is said of a difference: "GET /orders/{id}: $.total is a string in orders-r4, a number in orders-r3 (12 of 12 copies)". */
export function differenceText(
  { kind, what, from, to, differing, compared }: ShadowDifference,
  labels: { readonly from: string; readonly to: string },
): string {
  const is = what.startsWith('$') ? `${what} is ` : what === 'status' ? '' : `${what}: `;
  return `${kind}: ${is}${to} in ${labels.to}, ${from} in ${labels.from} (${differing} of ${compared} copies)`;
}

function count(tally: Tally, [one, other, fresh]: readonly [string, string, string]): void {
  tally.compared += 1;
  if (one !== other) tally.noisy += 1;
  const isOddTo = one === other && fresh !== one;
  const isOddFrom = one !== other && (fresh === one || fresh === other);
  if (isOddTo || isOddFrom) tally.odd += 1;
  if (!isOddTo) return;
  tally.oddTo += 1;
  tally.example ??= { from: one, to: fresh };
}

function of<T>([a, b, c]: readonly [Facets, Facets, Facets], part: (facets: Facets) => T): [T, T, T] {
  return [part(a), part(b), part(c)];
}

function keysOf(all: readonly Facets[], part: (facets: Facets) => ReadonlyMap<string, string>): ReadonlySet<string> {
  return new Set(all.flatMap((facets) => [...part(facets).keys()]));
}

const TYPE = 'type of ';

function typeOfPath(path: string): string {
  return `${TYPE}${path}`;
}

/** What people call it: a path for its type as for its value. */
function named(what: string): string {
  return what.startsWith(TYPE) ? what.slice(TYPE.length) : what;
}

function isAtOrBelow(what: string, above: string): boolean {
  return what === above || (what.startsWith(above) && /^[.[]/.test(what.slice(above.length)));
}

/** A difference explains those below it: of an object that is gone, all that it held is. The order of what differs itself says nothing. */
function withoutConsequences(found: readonly ShadowDifference[]): readonly ShadowDifference[] {
  const whats = found.map(({ what }) => what);
  return found.filter(({ what }) => {
    const order = /^the order of (.*)$/.exec(what)?.[1];
    if (order !== undefined) return !whats.some((other) => isAtOrBelow(other, order));
    return !whats.some((other) => other !== what && isAtOrBelow(what, other));
  });
}

/** What is under a key that is called so is not written down. */
const SECRET = /pass|secret|token|auth|session|cookie|credential|api.?key/i;
const SHOWN_MAX = 60;

function shown(what: string, { from, to }: { readonly from: string; readonly to: string }) {
  const isValue = !what.startsWith(TYPE);
  if (isValue && SECRET.test(what)) return { from: 'another value', to: 'a value that is not shown' };
  const cut = (text: string) => (text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text);
  return { from: cut(from), to: cut(to) };
}
