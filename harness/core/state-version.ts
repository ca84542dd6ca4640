import { HarnessError } from './errors';

/**
 * A file of the state folder that has no version is of the first one.
 * @throws HarnessError `state-newer` for one that this program cannot know
 */
export function requireVersion(value: unknown, path: string, known: number): void {
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : known;
  if (typeof version !== 'number' || version <= known) return;
  throw new HarnessError('state-newer', {
    message: `${path} is of version ${version}: a newer rollproof wrote it, and this one knows ${known}`,
    facts: { path, version, known },
    hint: 'Use that version. Nothing was changed.',
  });
}
