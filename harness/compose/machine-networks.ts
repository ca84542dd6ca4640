import type { ComposeModel, ComposeResource, ComposeService } from './model';

/** Modes that name no network: what Docker or Compose means by a word. */
const WORDS = new Set(['host', 'none', 'bridge', 'default']);

/**
 * The model in which a service that joins a network of the machine by `network_mode: NAME` does so by `networks:`, as an external one: that
 * is what it means, and both are treated alike then.
 */
export function withMachineNetworks(model: ComposeModel): ComposeModel {
  const networks: Record<string, ComposeResource | null> = { ...model.networks };
  const services = Object.entries(model.services).map(([name, service]): [string, ComposeService] => {
    const { network_mode: mode, ...kept } = service;
    if (mode === undefined || WORDS.has(mode) || mode.includes(':')) return [name, service];
    const key = keyOf(networks, mode);
    networks[key] ??= { name: mode, external: true };
    return [name, { ...kept, networks: { [key]: null } }];
  });
  return Object.keys(networks).length === 0 ? model : { ...model, services: Object.fromEntries(services), networks };
}

/** A network of the project that is that very one, or else a name that is free. */
function keyOf(networks: Readonly<Record<string, ComposeResource | null>>, name: string): string {
  const same = Object.entries(networks).find(([, resource]) => resource?.name === name)?.[0];
  return same ?? (Object.hasOwn(networks, name) ? `${name}-of-the-machine` : name);
}
