import type { z } from 'zod';
import { HarnessError } from '../core/errors';

/**
 * Options of a strategy or a step, parsed.
 * @throws HarnessError `strategy-invalid`, naming each option that is wrong
 */
export function checked<Schema extends z.ZodType>(schema: Schema, options: unknown, kind: string): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw invalid(kind, problems.join('; '), options);
}

/** Options that cannot be. */
export function invalid(kind: string, problem: string, options: unknown): HarnessError {
  return new HarnessError('strategy-invalid', {
    message: `${kind}: ${problem}`,
    facts: { kind, options },
    hint: 'For example canary({ steps: [5, 25, 50, 100] }).',
  });
}
