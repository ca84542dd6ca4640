import { z } from 'zod';
import { HttpError } from './http-error';

/** A UUID: an order's id, and the idempotency key of everything that is done for it. */
export const uuid = z.uuid();

/** `value` as `schema` wants it. Throws `HttpError` 400 that names the field. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
  throw new HttpError(400, 'bad-request', problem);
}
