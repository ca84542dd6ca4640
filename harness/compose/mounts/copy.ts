import { HarnessError } from '../../core/errors';
import { mustWork, type HelperGround, type Work } from './helper';
import { TOO_LARGE } from './scripts';

/** More than this is not copied, bytes: 1 GiB. */
export const COPY_LIMIT_BYTES = 1024 ** 3;

interface Bounds extends HelperGround {
  readonly limitBytes: number;
  /** Why it has to be a copy. */
  readonly because?: string | undefined;
}

/**
 * Runs the script of a copy, and returns what it said.
 * @throws HarnessError `mount-too-large`, `helper-failed`
 */
export async function copyBounded(name: string, work: Work, bounds: Bounds): Promise<readonly string[]> {
  const { limitBytes, because } = bounds;
  const { exitCode, lines } = await mustWork(`a copy of ${name}`, work, bounds, [TOO_LARGE]);
  if (exitCode !== TOO_LARGE) return lines;
  const sizeBytes = Number(lines.at(-1));
  const why = because === undefined ? '' : `; it has to be a copy, since ${because}`;
  throw new HarnessError('mount-too-large', {
    message: `${name} has ${sizeText(sizeBytes)}, and a copy may have ${sizeText(limitBytes)}${why}`,
    facts: { source: name, sizeBytes, limitBytes },
    hint: 'Mount the part of it that is needed, or all of it read-only (`:ro`).',
  });
}

export function sizeText(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  return mib < 1 ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.ceil(mib).toLocaleString('en')} MiB`;
}
