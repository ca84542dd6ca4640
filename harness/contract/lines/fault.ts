import { z } from 'zod';
import { details, line } from './line';

export const fault = line('fault', {
  fault: z.string(),
  kind: z.string(),
  target: z.string(),
  state: z.enum(['applied', 'proved', 'reverted', 'expired', 'failed']),
  detail: details,
});
