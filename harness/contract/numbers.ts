import { z } from 'zod';

export const count = z.number().int().nonnegative();

/** A duration, ms. */
export const durationMs = z.number().nonnegative();

/** A moment, wall ms since the epoch. */
export const momentMs = z.number();

/** A figure that may be of nothing. JSON has no NaN: there it stands as null. */
export const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
