import { HarnessError } from '../core/errors';

/** @throws HarnessError `unknown-service` for what is not a managed service, naming those that are */
export function requireManaged(service: string, managed: Readonly<Record<string, unknown>>): void {
  if (managed[service] !== undefined) return;
  const known = Object.keys(managed);
  throw new HarnessError('unknown-service', {
    message: `${service} is not a managed service of this stack`,
    facts: { service, managed: known },
    hint: `Managed are: ${known.join(', ')}. Others are added under \`managed\` in rollproof.config.ts.`,
  });
}
