import type { FencedEffect } from '../contract/reconciliation-config';

/** Of the effects of a singleton, in the order in which they were written, those that its fence should have kept out, each as a sentence. */
export function staleEffects(effects: readonly FencedEffect[]): string[] {
  const holders = new Map<number, string>();
  let highest = -Infinity;
  return effects.flatMap(({ token, holder }, index) => {
    const first = holders.get(token) ?? holder;
    holders.set(token, first);
    const overtaken = token < highest ? `, after ${highest}` : '';
    const shared = first === holder ? '' : `, which ${first} held`;
    highest = Math.max(highest, token);
    return overtaken === '' && shared === '' ? [] : [`${index + 1}: by ${holder} under ${token}${overtaken}${shared}`];
  });
}
