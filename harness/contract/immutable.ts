/**
 * What zod infers, as we hand it around: read-only all the way down, and a key that may be left out is left out, not `undefined`.
 * Functions and unknown values stay as they are.
 */
export type Immutable<T> = unknown extends T
  ? T
  : T extends (...args: never[]) => unknown
    ? T
    : { readonly [Key in keyof T]: Immutable<Exclude<T[Key], undefined>> };
