import { HarnessError } from '../../core/errors';
import { entryOf } from '../../core/guards';

/**
 * What is known of a managed service.
 * @throws HarnessError `unknown-service` for what is not a managed service, naming those that are
 */
export function requireManaged<T>(service: string, managed: Readonly<Record<string, T>>): T {
  const found = entryOf(managed, service);
  if (found !== undefined) return found;
  const known = Object.keys(managed);
  throw new HarnessError('unknown-service', {
    message: `${service} is not a managed service of this stack`,
    facts: { service, managed: known },
    hint: `Managed are: ${known.join(', ')}. Others are added under \`managed\`, or \`workers\`, in rollproof.config.ts.`,
  });
}
