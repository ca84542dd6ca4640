import { revisionImage } from '../../core/image-names';
import { LABEL } from '../../docker/labels';
import { mountsOf } from '../definition';
import { ownImage } from '../image-steps';
import type { InstrumentOptions } from '../instrument';
import type { ComposePort, ComposeService } from '../model';
import { folderOf } from '../mounts/named-volumes';
import { composePath } from '../mounts/paths';
import { NO_PLAN } from '../mounts/plan';
import { layerVolumes } from '../mounts/stand-in';
import { sourceOf } from '../mounts/wanted';
import { frontVolume, layerVolume } from '../own-names';
import { ownIpv6Subnet } from '../own-networks';
import type { Change } from './change';

/** What a rule may look at, beside the change itself. */
export interface Known extends InstrumentOptions {
  /** As it is instrumented, wherever the change is in it. */
  readonly made: { readonly services: Readonly<Record<string, ComposeService>> };
}

/** Why something is not what the user wrote. */
export interface Rule {
  readonly name: string;
  /** Whether it is this very rule that made the change: by its value, not only by its key. */
  readonly explains: (change: Change, known: Known) => boolean;
  /** What a person is told of it, where it may be felt. Default: nothing, it cannot. */
  readonly tell?: (names: string) => string;
  /** Only where this holds of a change. Default: wherever the rule explains one. */
  readonly isFelt?: (change: Change, known: Known) => boolean;
  /** What is named to a person. Default: the service, network, volume or file. */
  readonly subject?: (change: Change) => string;
}

const at = ({ path }: Change, ...keys: readonly string[]) =>
  keys.length <= path.length && keys.every((key, index) => key === '*' || key === path[index]);
const isGone = ({ was, is }: Change) => was !== undefined && is === undefined;
const isService = ({ place }: Change) => place === 'plain' || place === 'revision' || place === 'front';
const isResource = ({ place }: Change) => place === 'networks' || place === 'volumes';
const userService = ({ name }: Change, { model }: Known): ComposeService => model.services[name] ?? {};
const isExternal = ({ place, name }: Pick<Change, 'place' | 'name'>, { model }: Pick<Known, 'model'>) =>
  (place === 'networks' || place === 'volumes') && model[place]?.[name]?.external === true;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** In order: the first that explains a change is the one that made it. */
export const RULES: readonly Rule[] = [
  {
    name: 'revisions run by a tag of ours',
    explains: (change, { project, revisions }) =>
      change.place === 'revision' &&
      at(change, 'image') &&
      revisions.some(
        ({ service, number }) => service === change.name && change.is === revisionImage(project, service, number),
      ),
  },
  {
    name: 'what is built has the name that Compose would give it',
    explains: (change, { model }) =>
      change.place === 'plain' &&
      at(change, 'image') &&
      change.was === undefined &&
      change.is === ownImage(model.name, change.name),
  },
  {
    name: 'images are there before Compose is called',
    explains: (change) =>
      isService(change) &&
      ((at(change, 'build') && isGone(change)) || (at(change, 'pull_policy') && change.is === 'never')),
  },
  {
    name: 'profiles have been chosen',
    explains: (change) => isService(change) && at(change, 'profiles') && isGone(change),
  },
  {
    name: 'labels of ours',
    explains: ({ path, was, is, ...change }, { project }) => {
      if (path[0] !== 'labels' || was !== undefined) return false;
      const values: Record<string, unknown> = { [LABEL.project]: project, [LABEL.service]: change.name };
      const label = path.slice(1).join('.');
      return Object.hasOwn(values, label) ? values[label] === is : label === LABEL.role || label === LABEL.revision;
    },
  },
  {
    name: 'a revision knows its own name',
    explains: (change) =>
      change.place === 'revision' && at(change, 'environment', 'ROLLPROOF_REVISION') && change.was === undefined,
  },
  {
    name: 'a container name is a name on the network',
    explains: (change, known) =>
      isService(change) &&
      at(change, 'container_name') &&
      isGone(change) &&
      hasAlias(change, known, String(change.was)),
    tell: (names) => `${names}: containers are called by Compose, and container_name is their name on the network`,
  },
  {
    name: 'containers are called by Compose',
    explains: (change) => isService(change) && at(change, 'container_name') && isGone(change),
    tell: (names) => `${names}: containers are called by Compose, and container_name is no name on a network`,
  },
  {
    name: 'the names of a container name',
    explains: (change, known) => {
      const { container_name: name } = userService(change, known);
      const isOurs = change.place === 'plain' || change.place === 'front';
      if (!isOurs || name === undefined || !at(change, 'networks', '*', 'aliases')) return false;
      return JSON.stringify(change.is) === JSON.stringify([...listOf(change.was), name]);
    },
  },
  {
    name: 'a worker has no name on the network',
    explains: (change, { workers = {} }) =>
      Object.hasOwn(workers, change.name) && isGone(change) && at(change, 'networks', '*', 'aliases'),
    tell: (names) => `${names}: aliases are left out, since nobody calls a worker`,
  },
  {
    name: 'the front has the names of its service',
    explains: (change, { made }) => {
      if (change.place !== 'revision' || !isGone(change) || !at(change, 'networks', '*', 'aliases')) return false;
      const front = made.services[change.name]?.networks?.[change.path[1] ?? '']?.aliases ?? [];
      return listOf(change.was).every((alias) => (front as readonly unknown[]).includes(alias));
    },
  },
  {
    name: 'no revision takes a fixed address',
    explains: (change) =>
      change.place === 'revision' &&
      isGone(change) &&
      (at(change, 'networks', '*', 'ipv4_address') || at(change, 'networks', '*', 'ipv6_address')),
  },
  {
    name: 'hardware addresses are one container’s',
    explains: (change) =>
      change.place === 'revision' &&
      isGone(change) &&
      (at(change, 'networks', '*', 'mac_address') || at(change, 'mac_address')),
    tell: (names) => `${names}: mac_address is left out, since two revisions run at once`,
  },
  {
    name: 'addresses are chosen by Docker in a run',
    explains: (change, { publish }) =>
      publish === 'ephemeral' &&
      isGone(change) &&
      (at(change, 'networks', '*', 'ipv4_address') || at(change, 'networks', '*', 'ipv6_address')),
    tell: (names) =>
      `${names}: no fixed address in a run, since another stack may have it; \`up\` and \`--keep\` give it`,
  },
  {
    name: 'ports are published on loopback',
    explains: (change) => at(change, 'ports', '*', 'host_ip') && change.is === '127.0.0.1',
    isFelt: ({ was }) => was !== '127.0.0.1' && was !== '::1',
    tell: (names) => `${names}: ports are published on 127.0.0.1 only`,
  },
  {
    name: 'free ports in a run',
    explains: (change, { publish }) =>
      publish === 'ephemeral' && at(change, 'ports', '*', 'published') && isGone(change),
  },
  {
    name: 'the front has the ports of its service',
    explains: (change, { made }) =>
      change.place === 'revision' &&
      at(change, 'ports') &&
      isGone(change) &&
      samePorts(change.was, made.services[change.name]?.ports),
  },
  {
    name: 'nobody waits for what is not there',
    explains: (change, { model }) =>
      isService(change) &&
      at(change, 'depends_on', '*') &&
      isGone(change) &&
      !Object.hasOwn(model.services, change.path[1] ?? ''),
  },
  {
    name: 'a revision has files of its own',
    explains: (change, known) => {
      const [kind, , key] = change.path;
      if (change.place !== 'revision' || (kind !== 'secrets' && kind !== 'configs')) return false;
      const label = known.revisions.find(({ service }) => service === change.name)?.label;
      if (key === 'source') return change.is === `${label}.${String(change.was)}`;
      return key === 'target' && change.was === undefined && typeof change.is === 'string';
    },
  },
  {
    name: 'the files of revisions',
    explains: ({ place, name, was }, { revisions }) =>
      (place === 'secrets' || place === 'configs') &&
      was === undefined &&
      revisions.some(({ label }) => name.startsWith(`${label}.`)),
  },
  {
    name: 'a worker has as many replicas as the configuration asks for',
    explains: (change, { workers = {} }) => {
      const replicas = workers[change.name]?.replicas;
      if (change.place !== 'revision' || replicas === undefined) return false;
      return (at(change, 'scale') && change.is === replicas) || (at(change, 'deploy', 'replicas') && isGone(change));
    },
  },
  {
    name: 'the routing of a front',
    explains: ({ place, name, was }, { managed }) =>
      place === 'volumes' && was === undefined && Object.keys(managed).some((service) => frontVolume(service) === name),
  },
  {
    name: 'something of ours stands for what a service mounts of the machine',
    explains: (change, known) => isService(change) && at(change, 'volumes', '*') && isStoodFor(change, known),
  },
  {
    name: 'layers over folders of the machine',
    explains: ({ place, name, was }, { mounts = NO_PLAN, project }) =>
      place === 'volumes' && was === undefined && Object.hasOwn(layerVolumes(mounts, project), name),
  },
  {
    name: 'copies of volumes, filled before Compose is called',
    explains: ({ place, name }, { copiedVolumes = [] }) => place === 'volumes' && copiedVolumes.includes(name),
  },
  {
    name: 'a volume that is a folder of the machine is what stands for that',
    explains: (change, { model }) =>
      change.place === 'volumes' && at(change, 'driver_opts') && folderOf(model.volumes?.[change.name]) !== undefined,
  },
  {
    name: 'empty volumes in the place of external ones',
    explains: (change, known) =>
      change.place === 'volumes' &&
      at(change, 'name') &&
      isExternal(change, known) &&
      change.is === `${known.project}_${change.name}`,
    tell: (names) =>
      `${names}: the stack gets an empty one of its own in the place of the external one, which is neither seen nor changed; \`volumes: { …: 'copy' }\` in the configuration fills it from there`,
    subject: ({ name }) => `volume ${name}`,
  },
  {
    name: 'networks and volumes of our own, by the name of the project',
    explains: (change, { project }) =>
      isResource(change) && at(change, 'name') && change.is === `${project}_${change.name}`,
    isFelt: isExternal,
    tell: (names) =>
      `${names}: the stack gets one of its own in the place of the external one; nothing that is there is seen or changed`,
    subject: ({ place, name }) => `${place.slice(0, -1)} ${name}`,
  },
  {
    name: 'what is external is not made by what is said of it',
    explains: (change, known) =>
      isGone(change) &&
      (isExternal(change, known) || (isResource(change) && at(change, 'external') && change.was === false)),
  },
  {
    name: 'subnets are chosen by Docker in a run',
    explains: ({ place, name, ...change }, { publish, project }) =>
      publish === 'ephemeral' &&
      place === 'networks' &&
      change.path[0] === 'ipam' &&
      (change.is === undefined || JSON.stringify(change.is).includes(ownIpv6Subnet(project, name))),
    isFelt: ({ was, path }) => path[1] === 'config' && was !== undefined,
    tell: (names) =>
      `${names}: no subnet of its own in a run, since another stack may have it; \`up\` and \`--keep\` give it`,
    subject: ({ name }) => `network ${name}`,
  },
  {
    name: 'a network with IPv6 has a subnet',
    explains: (change, { project, model }) =>
      change.place === 'networks' &&
      at(change, 'ipam', 'config') &&
      (isExternal(change, { model }) || model.networks?.[change.name]?.['ipam'] === undefined) &&
      JSON.stringify(change.is).includes(ownIpv6Subnet(project, change.name)),
  },
  {
    name: 'Docker gives out no address that is reserved',
    explains: (change, { publish }) =>
      publish === 'fixed' &&
      change.place === 'networks' &&
      at(change, 'ipam', 'config', '*', 'ip_range') &&
      change.is !== undefined,
  },
  {
    name: 'options of drivers name what is the machine’s',
    explains: (change) => isResource(change) && at(change, 'driver_opts') && isGone(change),
    tell: (names) => `${names}: driver_opts are left out`,
    subject: ({ place, name }) => `${place.slice(0, -1)} ${name}`,
  },
  {
    name: 'the project has our name',
    explains: (change, { project }) => change.place === 'project' && change.name === 'name' && change.is === project,
  },
];

/** Whether what has changed of a mount is what its plan says. */
function isStoodFor(change: Change, known: Known): boolean {
  const [, index, key = ''] = change.path;
  const mount = mountsOf(userService(change, known))[Number(index)];
  const source = mount && sourceOf(mount, known.model.volumes ?? {});
  const stand = source === undefined ? undefined : known.mounts?.stands[source];
  if (stand === undefined || stand.is === 'as-is') return false;
  if (key === 'source') {
    return change.is === (stand.is === 'volume' ? layerVolume(stand.volume) : composePath(stand.path));
  }
  return ['type', 'bind', 'volume', 'consistency'].includes(key);
}

function hasAlias({ name }: Change, { made, workers = {} }: Known, alias: string): boolean {
  if (Object.hasOwn(workers, name)) return false;
  const networks = Object.values(made.services[name]?.networks ?? {});
  return networks.length > 0 && networks.every((network) => network?.aliases?.includes(alias));
}

function samePorts(was: unknown, front: readonly ComposePort[] | undefined): boolean {
  const targets = (ports: readonly unknown[]) => ports.map((port) => (port as ComposePort).target).join();
  return targets(listOf(was)) === targets(front ?? []);
}
