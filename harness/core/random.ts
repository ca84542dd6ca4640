import { createHash, randomBytes } from 'node:crypto';

/** A stream of numbers in [0, 1) that the same seed always repeats. */
export interface Random {
  next(): number;
  /** A whole number in [0, limit). */
  integer(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough to shuffle a load mix. */
export function seededRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    integer,
    pick: (items) => {
      const item = items[integer(items.length)];
      if (item === undefined) throw new RangeError('cannot pick from an empty list');
      return item;
    },
  };
}

/** A number in [0, 1) that depends on its parts alone: the same decision for the same seed, fault, connection and chunk. */
export function hashedFraction(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(parts.join('\u0000')).digest().readUInt32LE(0) / 4294967296;
}

/** A new seed, short enough to type. */
export function newSeed(): string {
  return randomBytes(4).toString('hex');
}
