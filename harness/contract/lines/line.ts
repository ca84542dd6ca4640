import { z } from 'zod';
import { momentMs } from '../numbers';

/** Facts that are the business of whoever wrote them. */
export const details = z.record(z.string(), z.unknown());

/** Names and their texts. */
export const texts = z.record(z.string(), z.string());

/** The schema of one type of line: what every line has, and its own. */
export function line<Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) {
  return z.strictObject({
    /** Wall ms since the epoch. */
    at: momentMs,
    /** Id of the scenario that was running. */
    scenario: z.string().optional(),
    type: z.literal(type),
    ...shape,
  });
}
