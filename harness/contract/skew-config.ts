import { z } from 'zod';
import type { Immutable } from './immutable';
import { durationMs } from './numbers';

/**
 * A request that leaves something behind (a row, a session, a cookie, a cache entry, a message), and one that needs it. Before a release gets
 * a user, and again before it is accepted, both are sent to each revision in all orders: what one leaves the other has to understand.
 *
 * Both are kinds of `load.requests`; one with `weight: 0` is sent for this alone. The second one finds the `id` that the first one answered
 * as the only one of `acknowledged`, and bears the cookies that the first one was given. They are real requests: what they leave stays.
 */
export const skewSequence = z.strictObject({
  /** The kind of request that leaves something behind. */
  write: z.string(),
  /** The kind of request that needs it. Its `check` says what a right answer is. */
  read: z.string(),
  /** How long the second one is tried, ms: what goes through a queue takes a while. Default 1 000. */
  withinMs: durationMs.optional(),
});
export type SkewSequence = Immutable<z.infer<typeof skewSequence>>;

/** What a service needs of a configuration to know which sequences pass it. */
interface Passing {
  readonly load: { readonly service: string; readonly requests: Readonly<Record<string, KindThatPasses>> };
  readonly skew?: Readonly<Record<string, SkewSequence>> | undefined;
}

interface KindThatPasses {
  readonly passes?: readonly string[] | undefined;
}

/** Whether requests of this kind pass a service. */
export function passesService({ load }: Passing, kind: string, service: string): boolean {
  return (load.requests[kind]?.passes ?? [load.service]).includes(service);
}

/** The services that the requests of a sequence pass. */
export function skewPasses({ load, skew = {} }: Passing, name: string): string[] {
  const sequence = skew[name];
  const kinds = sequence === undefined ? [] : [sequence.write, sequence.read];
  return [...new Set(kinds.flatMap((kind) => load.requests[kind]?.passes ?? [load.service]))];
}

/** The names of the sequences of which a request passes a service. */
export function skewNames(config: Passing, service: string): string[] {
  return Object.entries(config.skew ?? {}).flatMap(([name, { write, read }]) =>
    [write, read].some((kind) => passesService(config, kind, service)) ? [name] : [],
  );
}
