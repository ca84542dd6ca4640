import { HarnessError } from '../core/errors';
import type { ComposeModel } from './model';

/** The compose service of a revision, such as `orders-r1`; also its name on the network. */
export function revisionLabel(service: string, number: number): string {
  return `${service}-r${number}`;
}

/** The named volume that keeps a front's routing across its death. */
export function frontVolume(service: string): string {
  return `rollproof-front-${service}`;
}

/** What the volumes begin with in which something stands for the user's folders and files. */
const MOUNT_VOLUMES = 'rollproof-mount';

/** The key, in a model, of a volume that stands for a folder of the machine. */
export function layerVolume(id: string): string {
  return `${MOUNT_VOLUMES}-${id}`;
}

/** The volume of a project, by the Engine's name, in which everything lies that we make for mounts. */
export function layersVolume(project: string): string {
  return `${project}_${MOUNT_VOLUMES}s`;
}

/**
 * Refuses a project in which something of the user's has a name that we need.
 * @throws HarnessError `name-taken`
 */
export function checkOwnNames(
  model: ComposeModel,
  { managed, workers }: { readonly managed: readonly string[]; readonly workers: readonly string[] },
): void {
  const own = Object.keys(model.volumes ?? {}).find((volume) => volume.startsWith(MOUNT_VOLUMES));
  if (own !== undefined) throw nameTaken('volume', own, 'what stands for your folders and files is called so');
  for (const service of [...managed, ...workers]) {
    const taken = namesOf(model).find(({ name }) => isRevisionLabel(name, service));
    if (taken !== undefined) {
      throw nameTaken(taken.what, taken.name, `the revisions of ${service} are called ${service}-r1, ${service}-r2, …`);
    }
    for (const kind of ['secrets', 'configs'] as const) {
      const file = Object.keys(model[kind] ?? {}).find((name) => isRevisionFile(name, service));
      if (file === undefined) continue;
      throw nameTaken(kind.slice(0, -1), file, `those of the revisions of ${service} are called ${service}-r1.…`);
    }
    const volume = frontVolume(service);
    if (managed.includes(service) && Object.hasOwn(model.volumes ?? {}, volume)) {
      throw nameTaken('volume', volume, `the front of ${service} keeps its routing there`);
    }
  }
}

function isRevisionLabel(name: string, service: string): boolean {
  return name.startsWith(`${service}-r`) && /^\d+$/.test(name.slice(service.length + 2));
}

/** What a revision's own secrets and configurations are called, by `withOwnFiles`. */
function isRevisionFile(name: string, service: string): boolean {
  return name.startsWith(`${service}-r`) && /^\d+\./.test(name.slice(service.length + 2));
}

/** Every name that the user's containers have on the network. */
function namesOf(model: ComposeModel): { readonly what: string; readonly name: string }[] {
  return Object.entries(model.services).flatMap(([service, { container_name: container, networks }]) => [
    { what: 'service', name: service },
    ...(container === undefined ? [] : [{ what: `container name of ${service}`, name: container }]),
    ...Object.values(networks ?? {})
      .flatMap((network) => network?.aliases ?? [])
      .map((name) => ({ what: `alias of ${service}`, name })),
  ]);
}

function nameTaken(what: string, name: string, because: string): HarnessError {
  return new HarnessError('name-taken', {
    message: `${what} ${name}: rollproof needs that name, since ${because}`,
    facts: { what, name },
    hint: 'Call it something else, for instance in a second compose file of `composeFiles`, or leave the service out of `managed`.',
  });
}
