import { z } from 'zod';

/** Whose fault it is that a rollout goes back: `version` is the release; `none` where nothing is worse than it was. */
export const attribution = z.enum(['version', 'replica', 'dependency', 'load', 'machine', 'none']);
export type Attribution = z.infer<typeof attribution>;
