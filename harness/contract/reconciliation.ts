import { z } from 'zod';
import type { Immutable } from './immutable';
import { count } from './numbers';

const keys = z.array(z.string());
const keysByEffect = z.record(z.string(), keys);

/** How the ledgers and what the stack stored compare. Lists hold keys (`RequestSpec.key`), each once. */
export const reconciliationResult = z.strictObject({
  /** Keys whose request got a 2xx answer. */
  acknowledged: count,
  /** Entries stored, doubles included. */
  stored: count,
  /** Acknowledged but not stored. */
  missing: keys,
  /** Stored more than once, whoever was told what. */
  doubled: keys,
  /** By effect: keys that have the effect but were not stored. */
  orphanEffects: keysByEffect,
  /** By effect: keys that have it more than once. */
  doubledEffects: keysByEffect,
  /** By effect that every stored key has in the end: keys that do not have it. Absent: none is owed. */
  missingEffects: keysByEffect.optional(),
  /** By effect of a singleton: those written under a token that had been overtaken, or that somebody else held. Absent: none is fenced. */
  staleEffects: keysByEffect.optional(),
  /** Nothing is missing, doubled or without its cause. True also when nothing was acknowledged: look at the count. */
  ok: z.boolean(),
});
export type ReconciliationResult = Immutable<z.infer<typeof reconciliationResult>>;
