import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../core/guards';
import type { ServiceDefinition } from '../../compose/definition';

/** A folder of more files than this is known by its path alone. */
const FILES_MAX = 1_000;

/**
 * A definition in which what is read from this machine stands by its content: the same file in another checkout is no change. A file that was
 * edited in its place is none either, since nobody knows what it was; nor is what a service waits for, which says when, and not what.
 */
export function withContents(definition: ServiceDefinition): unknown {
  const { service: own, secrets, configs, ...others } = definition;
  const { depends_on: _waitsFor, ...service } = own;
  const mounts = Array.isArray(service['volumes']) ? (service['volumes'] as readonly unknown[]) : [];
  const volumes = mounts.map((mount) =>
    isRecord(mount) && mount['type'] === 'bind' && typeof mount['source'] === 'string'
      ? { ...mount, source: contentOf(mount['source']) }
      : mount,
  );
  const files = (section: ServiceDefinition['secrets']) =>
    Object.fromEntries(
      Object.entries(section).map(([name, resource]) => {
        const file = resource?.['file'];
        return [name, typeof file === 'string' ? { ...resource, file: contentOf(file) } : resource];
      }),
    );
  return {
    ...others,
    service: mounts.length === 0 ? service : { ...service, volumes },
    secrets: files(secrets),
    configs: files(configs),
  };
}

function contentOf(path: string): string {
  try {
    if (!statSync(path).isDirectory()) return statSync(path).isFile() ? hashOf([path]) : path;
    const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    if (files.length > FILES_MAX) return path;
    return hashOf(files.map((entry) => join(entry.parentPath, entry.name)).sort(), path);
  } catch {
    return path;
  }
}

function hashOf(files: readonly string[], root = ''): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${root === '' ? '' : file.slice(root.length)}\0`).update(readFileSync(file));
  return `sha256:${hash.digest('hex').slice(0, 12)}`;
}
