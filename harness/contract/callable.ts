import { z } from 'zod';

/** A function of the configuration. What it takes and gives is for the compiler to hold. */
export function callable<Function extends (...args: never[]) => unknown>() {
  return z.custom<Function>((value) => typeof value === 'function', 'must be a function');
}
