import { createHash } from 'node:crypto';
import type { LatencySpec } from './protocol.ts';

/**
 * A number in [0, 1) from the hash of its parts. The same function as the harness's `hashedFraction`, which the image
 * does not hold; a test keeps the two equal.
 */
export function hashedFraction(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(parts.join('\u0000')).digest().readUInt32LE(0) / 4294967296;
}

/** How long a chunk is held: the same for the same seed, connection and chunk, whatever happened in between. */
export function chunkDelayMs(spec: LatencySpec, connection: number, chunk: number): number {
  if (spec.jitterMs === 0) return spec.delayMs;
  const fraction = hashedFraction(spec.seed, spec.edge, connection, chunk);
  return Math.max(0, spec.delayMs + (2 * fraction - 1) * spec.jitterMs);
}
