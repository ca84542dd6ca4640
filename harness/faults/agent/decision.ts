import { createHash } from 'node:crypto';

/** What decides how long a chunk is held. */
export interface DelaySpec {
  readonly edge: string;
  readonly seed: string;
  readonly delayMs: number;
  /** Largest deviation from `delayMs`, either way. */
  readonly jitterMs: number;
}

/**
 * A number in [0, 1) from the hash of its parts. The same function as the harness's `hashedFraction`, which the image
 * does not hold; a test keeps the two equal.
 */
export function hashedFraction(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(parts.join('\u0000')).digest().readUInt32LE(0) / 4294967296;
}

/** How long a chunk is held: the same for the same seed, connection and chunk, whatever happened in between. */
export function chunkDelayMs(spec: DelaySpec, connection: number, chunk: number): number {
  if (spec.jitterMs === 0) return spec.delayMs;
  const fraction = hashedFraction(spec.seed, spec.edge, connection, chunk);
  return Math.max(0, spec.delayMs + (2 * fraction - 1) * spec.jitterMs);
}
