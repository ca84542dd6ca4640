import type { PlanFacts, PlannedStep } from '../delivery/plan-facts';

/** What a deployment would do, as a person reads it. */
export function planText(facts: PlanFacts): string {
  const { service, from, to, strategy, changes, steps, skipped, deadlineMs, warnings } = facts;
  if (facts.isUnchanged) return `${service}: ${from.label} runs this already; nothing would be deployed.\n`;
  const lines = [
    `${service}: ${from.label} → ${to.label} by ${strategy}; nothing was changed.`,
    '',
    `  image   ${from.image} → ${to.image}`,
    `  digest  ${from.content} → ${to.content}`,
    `  changed ${changes.length === 0 ? 'nothing' : changes.join(', ')}`,
    '',
    ...steps.map((step, index) => `  ${index + 1}. ${step.says}${timesText(step)}`),
    ...(skipped.length === 0 ? [] : [`  Left out, since it was stable before (--all-steps): ${skipped.join('; ')}.`]),
    '',
    `  All within ${seconds(deadlineMs)}; whatever fails before it is stable leads back to ${from.label}.`,
    ...warnings.map((warning) => `  Beware: ${warning}.`),
  ];
  return `${lines.join('\n')}\n`;
}

function timesText({ atLeastMs, atMostMs }: PlannedStep): string {
  if (atLeastMs === undefined) return '';
  if (atLeastMs === atMostMs) return ` (${seconds(atMostMs)})`;
  const parts = [
    ...(atLeastMs === 0 ? [] : [`at least ${seconds(atLeastMs)}`]),
    ...(atMostMs === undefined ? [] : [`at most ${seconds(atMostMs)}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}
