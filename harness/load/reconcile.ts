import type { Reconciliation, StackAccess } from '../contract/config';
import type { FencedEffect } from '../contract/reconciliation-config';
import type { ReconciliationResult } from '../contract/reconciliation';
import { isAcknowledged } from './ledger-line';
import { readLedger } from './ledger';
import { staleEffects } from './stale-effects';

/** What was promised, and what there is. */
export interface StoredState {
  readonly acknowledged: Iterable<string>;
  readonly stored: readonly string[];
  readonly effects: Readonly<Record<string, readonly string[]>>;
  /** Those that every stored key has in the end. */
  readonly owed?: Readonly<Record<string, readonly string[]>>;
  /** Those of singletons, in the order in which they were written. */
  readonly fenced?: Readonly<Record<string, readonly FencedEffect[]>>;
}

/**
 * Compares promises with the state. A request whose client never heard the answer may be stored or not, both are right; so only what was
 * acknowledged must be there.
 */
export function compareStored({
  acknowledged,
  stored,
  owed = {},
  fenced = {},
  ...others
}: StoredState): ReconciliationResult {
  const effects = { ...others.effects, ...owed };
  const promised = new Set(acknowledged);
  const present = new Set(stored);
  const missing = [...promised].filter((key) => !present.has(key));
  const doubled = repeated(stored);
  const orphanEffects = mapValues(effects, (keys) => [...new Set(keys)].filter((key) => !present.has(key)));
  const doubledEffects = mapValues(effects, repeated);
  const missingEffects = mapValues(owed, (keys) => {
    const had = new Set(keys);
    return [...present].filter((key) => !had.has(key));
  });
  const stale = mapValues(fenced, staleEffects);
  const byEffect = [orphanEffects, doubledEffects, missingEffects, stale].flatMap((keys) => Object.values(keys));
  const problems = [missing, doubled, ...byEffect];
  return {
    acknowledged: promised.size,
    stored: stored.length,
    missing,
    doubled,
    orphanEffects,
    doubledEffects,
    ...(Object.keys(owed).length === 0 ? {} : { missingEffects }),
    ...(Object.keys(fenced).length === 0 ? {} : { staleEffects: stale }),
    ok: problems.every((keys) => keys.length === 0),
  };
}

/** Holds ledgers against what the stack stored. Call it when the loads have stopped. */
export async function reconcile(
  ledgerPaths: readonly string[],
  reconciliation: Reconciliation,
  access: StackAccess,
): Promise<ReconciliationResult> {
  const acknowledged = new Set<string>();
  for (const path of ledgerPaths) {
    for await (const line of readLedger(path)) {
      if (line.kind === reconciliation.acknowledgedBy && line.key !== undefined && isAcknowledged(line)) {
        acknowledged.add(line.key);
      }
    }
  }
  const effects = await readAll(reconciliation.effects ?? {}, access);
  const owed = await readAll(reconciliation.owed ?? {}, access);
  const fenced = await readAll(reconciliation.fenced ?? {}, access);
  // Effects first: one that is just being made then finds its cause among what is read after it.
  const stored = await reconciliation.stored(access);
  return compareStored({ acknowledged, stored, effects, owed, fenced });
}

async function readAll<Effect>(
  readers: Readonly<Record<string, (access: StackAccess) => Promise<readonly Effect[]>>>,
  access: StackAccess,
): Promise<Readonly<Record<string, readonly Effect[]>>> {
  const found: Record<string, readonly Effect[]> = {};
  for (const [name, read] of Object.entries(readers)) found[name] = await read(access);
  return found;
}

function repeated(keys: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const key of keys) (seen.has(key) ? twice : seen).add(key);
  return [...twice];
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
