import { HarnessError } from '../core/errors';
import { entryOf } from '../core/guards';
import type { ComposeModel, ComposeResource, ComposeService } from './model';

type Resources = Readonly<Record<string, ComposeResource | null>>;

/**
 * What a revision of a service is made from: the user's resolved definition and everything of the project that it refers to. Taken out when
 * the revision is made, so that an edit of the compose file reaches the next revision, and no earlier one.
 */
export interface ServiceDefinition {
  /** Without its image, which is a revision's own, and without what only the front or one single container can have. */
  readonly service: ComposeService;
  readonly networks: Resources;
  readonly volumes: Resources;
  readonly secrets: Resources;
  readonly configs: Resources;
}

/** A reference to a secret or a configuration, in the long form. */
interface FileReference {
  readonly source?: string;
  readonly target?: string;
}

/**
 * The definition of a service of a resolved project.
 * @throws HarnessError `unknown-service`
 */
export function definitionOf(model: ComposeModel, service: string): ServiceDefinition {
  const found = entryOf(model.services, service);
  if (found === undefined) {
    const known = Object.keys(model.services);
    throw new HarnessError('unknown-service', {
      message: `the compose project has no service ${service}`,
      facts: { service, known },
      hint: `Its services are ${known.join(', ')}.`,
    });
  }
  const { image: _image, build: _build, container_name: _name, profiles: _profiles, ports: _ports, ...kept } = found;
  const networks = kept.network_mode === undefined ? (kept.networks ?? { default: null }) : (kept.networks ?? {});
  return {
    service: kept,
    networks: pick(model.networks, Object.keys(networks)),
    volumes: pick(
      model.volumes,
      mountsOf(kept).flatMap(({ type, source }) => (type === 'volume' && source !== undefined ? [source] : [])),
    ),
    secrets: pick(model.secrets, sources(kept['secrets'])),
    configs: pick(model.configs, sources(kept['configs'])),
  };
}

/** A mount in the form that compose resolves. */
export interface Mount {
  readonly type?: string;
  readonly source?: string;
  readonly target?: string;
  readonly read_only?: boolean;
  readonly bind?: {
    readonly create_host_path?: boolean;
    readonly propagation?: string;
    readonly selinux?: string;
  };
  readonly volume?: { readonly nocopy?: boolean; readonly subpath?: string };
  readonly consistency?: string;
}

export function mountsOf({ volumes }: ComposeService): readonly Mount[] {
  return Array.isArray(volumes) ? (volumes as readonly Mount[]) : [];
}

/** What a service may write beside its containers: named volumes, and folders and files of this machine. During a rollout, two revisions do. */
export function writtenMounts({ service }: ServiceDefinition): string[] {
  return mountsOf(service).flatMap(({ type, source, read_only: readOnly }) =>
    (type === 'volume' || type === 'bind') && source !== undefined && readOnly !== true ? [source] : [],
  );
}

/**
 * The service with secrets and configurations under names of its own, and those: two revisions may mean different ones by one name.
 * Where they are found in the container does not change.
 */
export function withOwnFiles(
  definition: ServiceDefinition,
  label: string,
): Pick<ServiceDefinition, 'service' | 'secrets' | 'configs'> {
  const own = (name: string) => `${label}.${name}`;
  const renamed = (resources: Resources) =>
    Object.fromEntries(Object.entries(resources).map(([name, resource]) => [own(name), resource]));
  const isOwn = (name: string) => Object.hasOwn(definition.secrets, name) || Object.hasOwn(definition.configs, name);
  const references = (value: unknown, folder: string) =>
    referencesIn(value).map(({ source = '', target, ...rest }) => ({
      ...rest,
      ...(isOwn(source) ? { source: own(source) } : { source }),
      target: target ?? `${folder}${source}`,
    }));
  const { service } = definition;
  return {
    service: {
      ...service,
      ...(service['secrets'] === undefined ? {} : { secrets: references(service['secrets'], '/run/secrets/') }),
      ...(service['configs'] === undefined ? {} : { configs: references(service['configs'], '/') }),
    },
    secrets: renamed(definition.secrets),
    configs: renamed(definition.configs),
  };
}

function pick(resources: Resources | undefined, names: readonly string[]): Resources {
  const found = names.flatMap((name) =>
    resources !== undefined && Object.hasOwn(resources, name) ? [[name, resources[name] ?? null] as const] : [],
  );
  return Object.fromEntries(found);
}

function sources(value: unknown): string[] {
  return referencesIn(value).flatMap(({ source }) => source ?? []);
}

export function referencesIn(value: unknown): FileReference[] {
  const entries = Array.isArray(value) ? (value as readonly (string | FileReference)[]) : [];
  return entries.map((entry) => (typeof entry === 'string' ? { source: entry } : entry));
}
