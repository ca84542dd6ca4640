import { STEPS } from '../steps/list';
import type { StrategyRecord } from '../revisions/strategy-record';
import { canary } from './canary';
import type { Step } from '../steps/step';
import type { Strategy } from './strategy';

/**
 * The strategy of a rollout whose controller died, from the record of the revision that it was to bring; and the kinds of its steps that
 * this process does not know, or not with these options, as those of somebody's own scenario. Without a record, steps whose undo leads back from anywhere.
 */
export function restored(
  record: StrategyRecord | undefined,
  name: string,
): { readonly strategy: Strategy; readonly unknown: readonly string[] } {
  if (record === undefined) return { strategy: { ...canary({ steps: [100] }), name }, unknown: [] };
  const read = record.steps.map(({ kind, options }) => ({ kind, step: stepOf(kind, options) }));
  const steps = read.flatMap(({ step }) => (step === undefined ? [] : [step]));
  const unknown = read.flatMap(({ step, kind }) => (step === undefined ? [kind] : []));
  return { strategy: { name: record.name, settings: record.settings, steps }, unknown };
}

function stepOf(kind: string, options: Readonly<Record<string, unknown>>): Step | undefined {
  try {
    return STEPS.find((own) => own.kind === kind)?.from(options);
  } catch {
    return undefined;
  }
}
