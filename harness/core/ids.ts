import { createHash, randomBytes } from 'node:crypto';
import { wallIso } from './clock';

/** A run's id: sorts by time, unique on one machine. Example `20261123-031500-4f2a`. */
export function newRunId(): string {
  const stamp = wallIso().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}

/** A short random id with a readable prefix. */
export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** The first 12 hex digits of the SHA-256 of a JSON value whose keys are in order. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
