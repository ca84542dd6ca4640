import { posix } from 'node:path';
import { mountsOf, type Mount } from '../definition';
import type { ComposeResource, ComposeService } from '../model';
import { layerVolume } from '../own-names';
import { unsupported } from '../unsupported';
import { folderOf, kindOfVolume, optionsOf } from './named-volumes';
import { composePath, plainPath } from './paths';
import type { MountPlan, StandIn } from './plan';

type Resources = Readonly<Record<string, ComposeResource | null>>;

/** How a project's own mounts are rewritten. */
export interface Standing {
  readonly plan: MountPlan;
  /** Of the model, or of a revision's definition: what named volumes mean. */
  readonly volumes: Resources;
  /** Named volumes that are filled from the user's: they are ours whatever their definition says. */
  readonly copied: readonly string[];
}

/**
 * The service with what stands for its mounts of this machine.
 * @throws HarnessError `service-unsupported`
 */
export function withStandIns(name: string, service: ComposeService, standing: Standing): ComposeService {
  const mounts = mountsOf(service);
  if (mounts.length === 0) return service;
  return { ...service, volumes: mounts.map((mount) => mounted(name, mount, standing)) };
}

function mounted(name: string, mount: Mount, { plan, volumes, copied }: Standing): Mount {
  const { type = 'volume', source = '', read_only: readOnly = false } = mount;
  switch (type) {
    case 'tmpfs':
    case 'image':
      return mount;
    case 'bind': {
      const stand = plan.stands[plainPath(source)];
      if (stand === undefined && !readOnly) throw unseen(name, source);
      return bound(mount, stand);
    }
    case 'volume': {
      if (copied.includes(source)) return mount;
      const kind = kindOfVolume(volumes[source]);
      if (kind.is === 'elsewhere' && !readOnly) throw elsewhere(name, source, kind.what);
      const stand = kind.is === 'folder' ? plan.stands[kind.device] : undefined;
      if (kind.is === 'folder' && stand === undefined) throw unseen(name, kind.device);
      return stand?.is === 'volume' ? ofLayer(mount, stand, mount.volume ?? {}) : mount;
    }
    default:
      throw unsupported(
        name,
        `it has a mount of type ${type}, which only ${type === 'npipe' ? 'Windows' : 'a Swarm'} knows`,
        'Take a named volume or a folder.',
      );
  }
}

function bound(mount: Mount, stand: StandIn | undefined): Mount {
  if (stand === undefined || stand.is === 'as-is') return mount;
  // An empty folder stays empty: only a volume is filled from the image.
  if (stand.is === 'volume') return ofLayer(mount, stand, { nocopy: true });
  const { bind, ...kept } = mount;
  const selinux = bind?.selinux === undefined ? {} : { selinux: bind.selinux };
  return { ...kept, source: composePath(stand.path), bind: selinux };
}

function ofLayer(mount: Mount, stand: StandIn & { readonly is: 'volume' }, own: NonNullable<Mount['volume']>): Mount {
  const { bind: _bind, consistency: _consistency, ...kept } = mount;
  const parts = [composePath(stand.subpath ?? ''), own.subpath ?? ''].filter((part) => part !== '');
  const volume = { ...own, ...(parts.length === 0 ? {} : { subpath: posix.join(...parts) }) };
  return { ...kept, type: 'volume', source: layerVolume(stand.volume), volume };
}

function unseen(name: string, source: string): Error {
  return unsupported(name, `nobody looked at ${source} before it is mounted`);
}

function elsewhere(name: string, volume: string, what: string): Error {
  return unsupported(
    name,
    `it writes the volume ${volume}, which is ${what}: that is yours, and not on this Engine`,
    `Mount it read-only (\`:ro\`), or have a copy stand for it, in the configuration: \`volumes: { ${volume}: 'copy' }\`.`,
  );
}

/** The volumes of ours that a plan needs in the model. The Engine has them before Compose begins. */
export function layerVolumes({ stands }: MountPlan, project: string): Record<string, ComposeResource> {
  const ids = Object.values(stands).flatMap((stand) => (stand.is === 'volume' ? [stand.volume] : []));
  return Object.fromEntries(
    ids.map((id) => [layerVolume(id), { name: `${project}_${layerVolume(id)}`, external: true }] as const),
  );
}

/** What of a user's named volume stays in ours: a limit, memory, data elsewhere that is only read, a folder that something stands for. */
export function keptOptions(resource: ComposeResource | null, plan: MountPlan): Readonly<Record<string, unknown>> {
  const options = optionsOf(resource);
  if (resource?.external === true || Object.keys(options).length === 0) return {};
  const device = folderOf(resource);
  if (device === undefined) return { driver_opts: options };
  const stand = plan.stands[device];
  if (stand === undefined || stand.is === 'volume') return {};
  return { driver_opts: stand.is === 'path' ? { ...options, device: composePath(stand.path) } : options };
}
