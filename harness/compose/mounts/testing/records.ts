import type { Look, MountRecord, WantedMount } from '../record';

/** What was found at a path: an ordinary folder, unless said otherwise. */
export function look(real: string, more: Partial<Look> = {}): Look {
  return { real, kind: 'folder', fs: 'ext4', sockets: [], live: [], mounts: [], ...more };
}

/** `web: /srv/data`, `web: /srv/data:ro`. */
export function want(text: string, more: Partial<WantedMount> = {}): WantedMount {
  const [service = '', source = '', mode] = text.split(/: ?/);
  return { service, source, readOnly: mode === 'ro', isAllowed: false, mayBeMade: true, ...more };
}

/** A record in which every source is an ordinary folder, unless it was looked at. */
export function recordOf(wanted: readonly WantedMount[], looks: readonly Look[] = []): MountRecord {
  const folders = wanted.map(({ source }) => [source, look(source)] as const);
  const seen = looks.map((one) => [one.real, one] as const);
  return { wanted: [...wanted], looks: Object.fromEntries([...folders, ...seen]) };
}
