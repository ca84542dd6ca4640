import { binomialAtLeast } from './binomial';

/**
 * Of three answers to the same question, two by one and one by another who may be its like: how often the other's is the one that differs from
 * two that are equal. If both are alike, whoever answers, each of the three is as likely to be the odd one, whatever makes answers differ:
 * the exact probability of `other` or more of `odd` such cases is binomial with 1/3. Cases in which all are equal, or all differ, say nothing.
 * It is the permutation test of the three labels (triangle test: D. R. Peryam, "Sensory difference tests", 1958), asked in random order.
 */
export function oddOneOutPValue(other: number, odd: number): number {
  return odd === 0 ? 1 : binomialAtLeast(other, odd, 1 / 3);
}
