import { InvalidArgumentError } from 'commander';

/** For an option that names an image of a service, and may be said more than once: `api=me/api:2`. */
export function imageOf(text: string, others: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('service=image, as api=me/api:2');
  return { ...others, [text.slice(0, at)]: text.slice(at + 1) };
}
