import { z } from 'zod';
import { settingsSchema } from '../strategies/settings';

/** A strategy as it stands in the record of the revision that it brings: enough to end its rollout in another process. */
export const strategyRecordSchema = z.object({
  name: z.string(),
  settings: settingsSchema,
  steps: z.array(z.object({ kind: z.string(), options: z.record(z.string(), z.unknown()) })),
});

export type StrategyRecord = Readonly<z.infer<typeof strategyRecordSchema>>;
