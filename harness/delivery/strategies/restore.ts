import { STEPS } from '../steps/list';
import type { StrategyRecord } from '../strategy-record';
import { canary } from './canary';
import type { Strategy } from './strategy';

/**
 * The strategy of a rollout whose controller died, from the record of the revision that it was to bring; and the kinds of its steps that
 * this process does not know, as those of somebody's own scenario. Without a record, steps whose undo leads back from anywhere.
 */
export function restored(
  record: StrategyRecord | undefined,
  name: string,
): { readonly strategy: Strategy; readonly unknown: readonly string[] } {
  if (record === undefined) return { strategy: { ...canary({ steps: [100] }), name }, unknown: [] };
  const known = record.steps.map((step) => ({ step, kind: STEPS.find(({ kind }) => kind === step.kind) }));
  const steps = known.flatMap(({ step, kind }) => (kind === undefined ? [] : [kind.from(step.options)]));
  const unknown = known.flatMap(({ step, kind }) => (kind === undefined ? [step.kind] : []));
  return { strategy: { name: record.name, settings: record.settings, steps }, unknown };
}
