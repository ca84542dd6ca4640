import type { MessageOutcomeKind, OutcomeAccess, OutcomeReader, OutcomeSource } from '../../contract/outcomes';

/** What the words of a source mean where the configuration does not say. */
export const THEMSELVES: Readonly<Record<string, MessageOutcomeKind>> = { ack: 'ack', retry: 'retry', dead: 'dead' };

/** A kind of source of outcomes. */
export interface OutcomeKind<Options> {
  /** One word. */
  readonly kind: string;
  /** Where it looks, for people. */
  readonly says: (options: Options) => string;
  /** Begins to read for one rollout. */
  readonly open: (options: Options, access: OutcomeAccess) => OutcomeReader;
}

/** Makes a kind of source: a function from options to an {@link OutcomeSource}. Our own are made by it. */
export function defineOutcomes<Options>(kind: OutcomeKind<Options>): (options: Options) => OutcomeSource {
  return (options) => ({
    kind: kind.kind,
    says: kind.says(options),
    open: (access) => kind.open(options, access),
  });
}
