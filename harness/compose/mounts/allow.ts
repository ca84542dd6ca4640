import { resolve } from 'node:path';
import { HarnessError } from '../../core/errors';
import { didYouMean } from '../../core/nearest';
import { plainPath } from './paths';
import { wantedMounts, type AllowedMount, type Mounting } from './wanted';

interface Place {
  readonly directory: string;
  readonly path: string;
}

/** The entries of `allow`, such as `proxy:/var/run/docker.sock`; a relative path begins at the configuration's folder. */
export function allowedMounts(entries: readonly string[], directory: string): AllowedMount[] {
  return entries.map((entry) => {
    const colon = entry.indexOf(':');
    return { service: entry.slice(0, colon), source: plainPath(resolve(directory, entry.slice(colon + 1))) };
  });
}

/** @throws HarnessError `unknown-mount` for an entry of `allow` that no service asks for */
export function checkAllowed(entries: readonly string[], all: readonly Mounting[], { directory, path }: Place): void {
  const known = wantedMounts(all, []).map(nameOf);
  for (const [index, allowed] of allowedMounts(entries, directory).entries()) {
    const name = nameOf(allowed);
    if (known.includes(name)) continue;
    throw new HarnessError('unknown-mount', {
      message: `${path}: allow names ${entries[index]}, and no service mounts that${didYouMean(name, known)}`,
      facts: { entry: entries[index], known },
      hint: known.length === 0 ? 'No service mounts anything of this machine.' : `Mounted are ${known.join(', ')}.`,
    });
  }
}

const nameOf = ({ service, source }: AllowedMount) => `${service}:${source}`;
