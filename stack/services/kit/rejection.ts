import { z } from 'zod';
import { parseJson } from './body';
import { HttpError } from './http-error';
import type { UpstreamAnswer } from './upstream';

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The error of another service's 4xx answer, to be passed on. */
export function rejection(answer: UpstreamAnswer): HttpError {
  const { code, message } = errorSchema.parse(parseJson(answer.text)).error;
  return new HttpError(answer.status, code, message);
}
