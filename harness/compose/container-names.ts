import type { ComposeModel, ComposeService } from './model';
import { SHARED } from './namespaces';

/**
 * The model in which what a service shares of a container of the project, by that container's own name, it shares by its service's: Compose
 * means the same container by both, and calls it otherwise here.
 */
export function withServicesForContainers(model: ComposeModel): ComposeModel {
  const owners = Object.entries(model.services).flatMap(([service, { container_name: name }]) =>
    name === undefined ? [] : [[name, service] as const],
  );
  if (owners.length === 0) return model;
  const byName = new Map(owners);
  const services = Object.entries(model.services).map(([name, service]): [string, ComposeService] => {
    const modes = SHARED.flatMap((key) => {
      const owner = byName.get(containerOf(service[key]) ?? '');
      return owner === undefined ? [] : [[key, `service:${owner}`] as const];
    });
    const from: unknown = service['volumes_from'];
    const volumes = Array.isArray(from)
      ? (from as readonly string[]).map((text) => volumesOf(text, byName))
      : undefined;
    const shared = { ...Object.fromEntries(modes), ...(volumes === undefined ? {} : { volumes_from: volumes }) };
    return [name, Object.keys(shared).length === 0 ? service : { ...service, ...shared }];
  });
  return { ...model, services: Object.fromEntries(services) };
}

function containerOf(mode: unknown): string | undefined {
  return typeof mode === 'string' && mode.startsWith('container:') ? mode.slice('container:'.length) : undefined;
}

/** `container:the-db:ro` is `db:ro`. */
function volumesOf(text: string, byName: ReadonlyMap<string, string>): string {
  const [, name = '', mode = ''] = /^container:(.+?)(:(?:ro|rw))?$/.exec(text) ?? [];
  const owner = byName.get(name);
  return owner === undefined ? text : `${owner}${mode}`;
}
