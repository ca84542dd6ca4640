import type { ManagedService, WorkerSettings } from '../contract/config';
import { HarnessError } from '../core/errors';
import { entryOf } from '../core/guards';
import { revisionImage } from '../core/image-names';
import { SERVERS_PER_SLOT } from './front-container';
import { LABEL } from '../docker/labels';
import { withOwnFiles, type ServiceDefinition } from './definition';
import { frontService } from './front-service';
import { tcpPortsOf } from './named-ports';
import { checkShared } from './namespaces';
import { checkOwnNames, frontVolume } from './own-names';
import { ownNetworks } from './own-networks';
import { checkWorker } from './worker-service';
import type { ComposeModel, ComposePort, ComposeResource, ComposeService, ComposeServiceNetwork } from './model';
import { NO_PLAN, type MountPlan } from './mounts/plan';
import { keptOptions, layerVolumes, withStandIns, type Standing } from './mounts/stand-in';
import { unsupported } from './unsupported';

type Resources = Readonly<Record<string, ComposeResource | null>>;

/** What the model needs to know of a revision. */
export interface RenderedRevision {
  readonly service: string;
  readonly number: number;
  /** Its compose service, such as `orders-r1`. */
  readonly label: string;
  /** Its own, as it was when the revision was made. */
  readonly definition: ServiceDefinition;
}

export interface InstrumentOptions {
  /** The user's project as compose resolved it when the stack came up: what is not a revision comes from here. Never changed. */
  readonly model: ComposeModel;
  /** Our project name. */
  readonly project: string;
  readonly managed: Readonly<Record<string, ManagedService>>;
  /** Services of revisions without a front. Default: none. */
  readonly workers?: Readonly<Record<string, WorkerSettings>>;
  readonly revisions: readonly RenderedRevision[];
  readonly frontImage: string;
  /** `ephemeral`: every published port goes to a free loopback port. `fixed`: the user's ports, on loopback. */
  readonly publish: 'ephemeral' | 'fixed';
  /** What stands for the mounts of this machine. Default: nothing is mounted but to be read. */
  readonly mounts?: MountPlan;
  /** Named volumes of the user's that are copied into ours. Default: none; ours begin empty. */
  readonly copiedVolumes?: readonly string[];
}

/**
 * The project that is brought up: a front in the place of each managed service, nothing in that of a worker, and a compose service for each
 * revision, made from its own record. A pure function: the same model and revisions always give the same answer, and no front depends on the revisions.
 * @throws HarnessError `unknown-service`, `service-unsupported`, `name-taken`
 */
export function instrument(options: InstrumentOptions): ComposeModel {
  const { model, project, managed, revisions, workers = {} } = options;
  checkOwnNames(model, { managed: Object.keys(managed), workers: Object.keys(workers) });
  for (const [name, settings] of Object.entries(workers)) {
    if (entryOf(model.services, name) === undefined) throw unknownService(name, options);
    checkWorker(name, settings, model);
  }
  const deployed = [...Object.keys(managed), ...Object.keys(workers)];
  for (const name of Object.keys(model.services)) checkShared(name, model, { deployed });
  const others = Object.entries(model.services).filter(([name]) => !Object.hasOwn(workers, name));
  const services = Object.fromEntries(
    others.map(([name, definition]) => {
      const config = entryOf(managed, name);
      if (config === undefined) return [name, plainService(name, definition, options)];
      const front = frontService({
        service: name,
        config,
        image: options.frontImage,
        networks: userNetworks(definition, options),
        ports: publishedPorts(definition.ports, options.publish),
        tcpPorts: tcpPortsOf(definition, config.port),
        labels: labels(project, 'front', name),
        dependsOn: definition.depends_on && stillThere(definition.depends_on, options),
      });
      return [name, front];
    }),
  );
  for (const name of Object.keys(managed)) checkManaged(name, options);
  // Those that no service is rendered of, but by a revision.
  for (const name of [...Object.keys(managed), ...Object.keys(workers)]) {
    withStandIns(name, model.services[name] ?? {}, standing(model.volumes, options));
  }
  const owns = revisions.map((revision) => revisionService(revision, options));
  for (const [index, { label }] of revisions.entries()) services[label] = owns[index]?.service ?? {};

  const fronts = Object.keys(managed).map((name) => [frontVolume(name), {}] as const);
  // A revision brings what the project did not have when it came up; what it had stays as it was made.
  const brought = (kind: 'networks' | 'volumes') =>
    Object.assign({}, ...revisions.map(({ definition }) => definition[kind])) as Resources;
  const files = (kind: 'secrets' | 'configs') => {
    const all = Object.assign({}, model[kind], ...owns.map((own) => own[kind])) as Resources;
    return Object.keys(all).length === 0 ? {} : { [kind]: all };
  };
  return {
    ...model,
    name: project,
    services,
    networks: ownNetworks({ ...brought('networks'), ...(model.networks ?? { default: {} }) }, options),
    volumes: {
      ...ownVolumes({ ...brought('volumes'), ...model.volumes, ...Object.fromEntries(fronts) }, options),
      ...layerVolumes(options.mounts ?? NO_PLAN, project),
    },
    ...files('secrets'),
    ...files('configs'),
  };
}

function plainService(name: string, definition: ComposeService, options: InstrumentOptions): ComposeService {
  const { container_name: _name, profiles: _profiles, build: _build, ports, networks: _networks, ...kept } = definition;
  const { depends_on: dependsOn } = definition;
  return {
    ...withStandIns(name, kept, standing(options.model.volumes, options)),
    pull_policy: 'never',
    ...(dependsOn === undefined ? {} : { depends_on: stillThere(dependsOn, options) }),
    ...(definition.networks === undefined ? {} : { networks: userNetworks(definition, options) }),
    ...(ports === undefined ? {} : { ports: publishedPorts(ports, options.publish) }),
    labels: { ...asRecord(definition.labels), ...labels(options.project, 'plain', name) },
  };
}

function revisionService(
  revision: RenderedRevision,
  options: InstrumentOptions,
): Pick<ServiceDefinition, 'service' | 'secrets' | 'configs'> {
  const { label, number, service: name } = revision;
  const isDeployed = Object.hasOwn(options.managed, name) || Object.hasOwn(options.workers ?? {}, name);
  if (!isDeployed) throw unknownService(name, options);
  const { service: own, ...files } = withOwnFiles(revision.definition, label);
  const { depends_on: dependsOn, mac_address: _mac, ...definition } = own;
  const volumes = { ...revision.definition.volumes, ...options.model.volumes };
  const service: ComposeService = {
    ...withStandIns(name, definition, standing(volumes, options)),
    ...(dependsOn === undefined ? {} : { depends_on: stillThere(dependsOn, options) }),
    image: revisionImage(options.project, name, number),
    pull_policy: 'never',
    networks: withoutNames(definition.networks ?? { default: null }),
    environment: { ...asRecord(definition.environment), ROLLPROOF_REVISION: label },
    labels: {
      ...asRecord(definition.labels),
      ...labels(options.project, 'revision', name),
      [LABEL.revision]: String(number),
    },
  };
  return { service, ...files };
}

/** What a revision waited for that was kept may be gone by now, or be in a profile that nobody chose; compose refuses a model that names it. */
function stillThere(
  dependsOn: Readonly<Record<string, unknown>>,
  { model }: InstrumentOptions,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(dependsOn).filter(([name]) => Object.hasOwn(model.services, name)));
}

function checkManaged(name: string, options: InstrumentOptions): void {
  const { services } = options.model;
  const definition = entryOf(services, name);
  const config = entryOf(options.managed, name);
  if (definition === undefined || config === undefined) throw unknownService(name, options);
  if (definition.network_mode !== undefined) {
    throw unsupported(name, `it has network_mode ${definition.network_mode}; a front needs a network of the project`);
  }
  const replicas = definition.deploy?.replicas ?? definition.scale ?? 1;
  if (replicas > SERVERS_PER_SLOT) {
    throw unsupported(name, `it has ${replicas} replicas, and a front holds ${SERVERS_PER_SLOT} of a revision`);
  }
  const datagrams = definition.ports?.find(({ protocol }) => protocol === 'udp');
  if (datagrams !== undefined) {
    throw unsupported(
      name,
      `it publishes port ${datagrams.target} for UDP, and a front carries TCP alone: nobody would be answered there`,
    );
  }
}

function unknownService(name: string, options: InstrumentOptions): HarnessError {
  const known = Object.keys(options.model.services);
  return new HarnessError('unknown-service', {
    message: `service ${name} is not managed in the compose project`,
    facts: { service: name, known, managed: Object.keys(options.managed) },
    hint: `Services of the project: ${known.join(', ')}.`,
  });
}

function labels(project: string, role: string, service: string): Record<string, string> {
  return { [LABEL.project]: project, [LABEL.role]: role, [LABEL.service]: service };
}

/** The user's networks. A container name, which can be had only once on a machine, lives on as an alias. */
function userNetworks(
  definition: ComposeService,
  options: InstrumentOptions,
): Record<string, ComposeServiceNetwork | null> {
  const name = definition.container_name;
  const entries = Object.entries(definition.networks ?? { default: null }).map(([key, network]) => {
    const own = options.publish === 'ephemeral' ? withoutAddress(network) : network;
    if (name === undefined) return [key, own] as const;
    return [key, { ...own, aliases: [...(own?.aliases ?? []), name] }] as const;
  });
  return Object.fromEntries(entries);
}

function withoutAddress(network: ComposeServiceNetwork | null): ComposeServiceNetwork | null {
  if (network === null) return null;
  const { ipv4_address: _v4, ipv6_address: _v6, ...kept } = network;
  return kept;
}

/** A revision answers to no name but its own: two containers with one alias would both be found by it. */
function withoutNames(
  networks: Readonly<Record<string, ComposeServiceNetwork | null>>,
): Record<string, ComposeServiceNetwork | null> {
  const entries = Object.entries(networks).map(([key, network]) => {
    if (network === null) return [key, null] as const;
    const { aliases: _aliases, mac_address: _mac, ...kept } = withoutAddress(network) ?? {};
    return [key, kept] as const;
  });
  return Object.fromEntries(entries);
}

function publishedPorts(ports: readonly ComposePort[] | undefined, publish: 'ephemeral' | 'fixed'): ComposePort[] {
  return (ports ?? []).map(({ published, host_ip: _hostIp, ...kept }) => ({
    ...kept,
    host_ip: '127.0.0.1',
    ...(publish === 'fixed' && published !== undefined ? { published } : {}),
  }));
}

/**
 * Makes volumes the project's own: whatever they are called, external or backed by a folder of the host, the user's are neither mounted nor
 * removed. Of their definitions it keeps what is no data of the user's.
 */
function ownVolumes(resources: Resources, options: InstrumentOptions): Record<string, ComposeResource> {
  const { copiedVolumes = [], mounts = NO_PLAN } = options;
  const entries = Object.entries(resources).map(([key, resource]) => {
    const ownName = `${options.project}_${key}`;
    // The Engine has it, filled, before Compose begins.
    if (copiedVolumes.includes(key)) return [key, { name: ownName, external: true }] as const;
    const { external, name: _name, driver_opts: _opts, labels: own, driver, ...kept } = resource ?? {};
    const made: ComposeResource = {
      ...kept,
      ...(driver === undefined || external === true ? {} : { driver }),
      name: ownName,
      labels: { ...own, [LABEL.project]: options.project },
      ...keptOptions(resource, mounts),
    };
    return [key, made] as const;
  });
  return Object.fromEntries(entries);
}

function standing(
  volumes: Resources | undefined,
  { mounts = NO_PLAN, copiedVolumes: copied = [] }: InstrumentOptions,
): Standing {
  return { plan: mounts, volumes: volumes ?? {}, copied };
}

function asRecord<T extends string | null>(
  value: Readonly<Record<string, T>> | readonly string[] | undefined,
): Record<string, T> {
  if (value === undefined) return {};
  if (!isList(value)) return { ...value };
  // In a list, a name without a value is taken from the environment of compose: `null` in the map form.
  return Object.fromEntries(
    value.map((entry) => {
      const at = entry.indexOf('=');
      return (at < 0 ? [entry, null] : [entry.slice(0, at), entry.slice(at + 1)]) as [string, T];
    }),
  );
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}
