import { z } from 'zod';
import type { DefectName } from '../kit/defect-names';
import type { Message } from './queue';

/** What is written to a customer. */
export interface LetterOrder {
  readonly template: string;
}

const now = z.object({ letter: z.string() }).transform(({ letter }) => ({ template: letter }));
const next = z
  .object({ letters: z.tuple([z.object({ template: z.string() })]) })
  .transform(({ letters: [letter] }) => letter);

/**
 * What a message asks for. The defect `message-format` is a release that understands the messages of the next `orders` alone.
 * @throws Error for one that this release cannot read
 */
export function letterOf({ body }: Pick<Message, 'body'>, defect: DefectName): LetterOrder {
  const { data } = (defect === 'message-format' ? next : now).safeParse(body);
  if (data === undefined) throw new Error('this release cannot read such a message');
  return data;
}
